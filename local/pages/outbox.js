// Keeps the list as the server has it. What is shown stays in place, so that focus and selection do too.
const SECONDS = 1;

async function refresh() {
  const answer = await fetch('/outbox');
  if (!answer.ok) return;
  const latest = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const list = document.getElementById('messages');
  const wanted = [...latest.getElementById('messages').children];
  const ids = new Set(wanted.map((item) => item.id));
  for (const item of [...list.children]) if (!ids.has(item.id)) item.remove();
  const fresh = wanted.filter((item) => !document.getElementById(item.id));
  list.prepend(...fresh);
  const state = document.getElementById('state');
  const text = latest.getElementById('state').textContent;
  if (state.textContent !== text) state.textContent = text;
  document.getElementById('clear').hidden = ids.size === 0;
}

function keepUp() {
  // A server that was stopped is asked again: it may be started again.
  void refresh()
    .catch(() => {})
    .finally(() => setTimeout(keepUp, SECONDS * 1000));
}

document.getElementById('clear').addEventListener('click', async () => {
  await fetch('/_local/outbox', { method: 'DELETE' });
  await refresh();
});
setTimeout(keepUp, SECONDS * 1000);
