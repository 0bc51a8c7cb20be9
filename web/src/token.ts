/**
 * The reset token's way out of the address bar.
 *
 * A token in an address outlives the page: in the history, in a shared screen, in whatever reads
 * the location. So it is taken the moment the page runs, and lives in memory alone from then on.
 */
export function takeToken(location: Location, history: History): string {
  const query = new URLSearchParams(location.search);
  const fragment = new URLSearchParams(location.hash.slice(1));
  const token = fragment.get('token') ?? query.get('token') ?? '';
  if (fragment.has('token') || query.has('token')) {
    query.delete('token');
    const rest = query.size > 0 ? `?${query}` : '';
    history.replaceState(null, '', location.pathname + rest);
  }
  return token;
}
