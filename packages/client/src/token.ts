/**
 * The reset token's way out of the address bar.
 *
 * A token in an address outlives the page: in the history, in a shared screen, in whatever reads
 * the location. So it is taken the moment the page runs, and lives in memory alone from then on.
 */

const LENGTH = 43;
/** Mail programs leave `=` as `=3D`; of a token that really begins with 3D there would be two characters too few. */
const MARKER = new RegExp(`token(?:=3D(?=(?:\\s*[\\w-]){${LENGTH}})|[^\\w-]+)`, 'i');
const BARE = new RegExp(`(?:^|[^\\w-])([\\w-]{${LENGTH}})`);

/**
 * Returns the token of the address, whatever a mail program put before, behind or into it, and takes it out of the
 * address bar, with the rest of the fragment, even where it cannot be read.
 */
export function takeToken(location: Location, history: History): string {
  const [path, ...encoded] = decode(location.pathname).split('#'); // a `#` that arrives as %23
  const fragment = `${encoded.join('#')}${location.hash}`;
  const token = read(fragment, true) || read(location.search, false);
  const address = clean(location, path!);
  if (address !== location.href) history.replaceState(token ? null : history.state, '', address);
  return token;
}

function read(text: string, bare: boolean): string {
  const decoded = decode(decode(text)); // links are wrapped twice where two filters rewrite them
  const marker = MARKER.exec(decoded);
  const after = marker ? decoded.slice(marker.index + marker[0].length) : ((bare && BARE.exec(decoded)?.[1]) || '');
  return after.replace(/[^\w-]/g, '').slice(0, LENGTH);
}

/** Decodes what can be decoded; a mail program may have cut an escape in two. */
function decode(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return ' ';
    }
  });
}

/** Returns the address without fragment and token, its path in the one form that relative addresses work with. */
function clean(location: Location, path: string): string {
  const query = new URLSearchParams();
  for (const [name, value] of new URLSearchParams(location.search)) {
    const kept = value.split('#')[0]!;
    if (!/token/i.test(name) && !BARE.test(kept)) query.append(name, kept);
  }
  const rest = String(query);
  return `${location.origin}${path.replace(/\/+/g, '/').replace(/^(.+)\/$/, '$1')}${rest && `?${rest}`}`;
}
