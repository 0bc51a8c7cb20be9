"""The distribution's function: which document a page is, and what has no file.

Every page is a document by the address, the reader's language and the application's brand; its script reads the rest of
the address. What has a dot is a file, also where it is asked for as a neighbour of a page with a final slash. What
follows an escaped `#` is a fragment that a mail program encoded. The files for apps are answered here: one of them has
no ending that would tell its type.
"""

import json
from collections.abc import Mapping

from infra.documents import FOLDER, folder
from infra.pages import CHANGE_PASSWORD, NAMES, NO_BRANDS, PageSettings, association_files
from password_reset.channels.brands import Brand, look
from password_reset.channels.words.catalogue import RENAMED, SCRIPTS
from password_reset.settings import ServiceSettings

_HANDLER = f"""function nearest(wanted, offered, fallback) {{
  for (const tag of wanted) {{
    const parts = tag.trim().toLowerCase().replace(/_/g, '-').split(/[^a-z0-9-]/)[0].split('-');
    parts[0] = renamed.get(parts[0]) || parts[0];
    const script = parts.find((part) => scripts.has(part));
    if (parts[0] === 'zh' && script && !/^han[st]$/.test(parts[1])) parts.splice(1, 0, scripts.get(script));
    for (let many = parts.length; many > 0; many--) {{
      const found = offered.find((other) => other.toLowerCase() === parts.slice(0, many).join('-'));
      if (found) return found;
    }}
    const relative = offered.find((other) => other.toLowerCase().split('-')[0] === parts[0]);
    if (relative) return relative;
  }}
  return fallback;
}}
function handler(event) {{
  const request = event.request;
  const body = files[request.uri];
  if (body) {{
    const type = {{ 'content-type': {{ value: 'application/json' }}, 'cache-control': {{ value: 'no-store' }} }};
    return {{ statusCode: 200, statusDescription: 'OK', headers: type, body: body }};
  }}
  let path = request.uri.split('%23')[0].replace(/\\/+/g, '/').replace(/^\\/(?:{"|".join(NAMES)})\\/(?=.)/, '/');
  if (path.replace(/\\/$/, '') === '{CHANGE_PASSWORD}') {{
    const headers = {{ location: {{ value: '/{NAMES[0]}' }}, 'cache-control': {{ value: 'no-store' }} }};
    return {{ statusCode: 302, statusDescription: 'Found', headers: headers }};
  }}
  if (!path.includes('.')) {{
    const query = request.querystring;
    const client = query.client && brands.has(query.client.value) ? query.client.value : '';
    const [folder, offered, fallback] = brands.get(client);
    const accepted = request.headers['accept-language'];
    const wanted = [query.lang ? query.lang.value : ''].concat(accepted ? accepted.value.split(',') : []);
    path = path.replace(/\\/$/, '').slice(1);
    const page = {json.dumps(NAMES)}.includes(path) ? path : '{NAMES[0]}';
    path = `/{FOLDER}/${{folder}}/${{nearest(wanted, offered.split(' '), fallback)}}/${{page}}.html`;
  }}
  request.uri = path;
  return request;
}}"""


def router(settings: ServiceSettings, pages: PageSettings, brands: Mapping[str, Brand] = NO_BRANDS) -> str:
    """Return the distribution's function."""
    looks = {client: (brand, look(settings, brand)) for client, brand in {"": brands.get(""), **brands}.items()}
    known = [
        [client, [folder(brand), " ".join(chosen.languages), chosen.default_locale]]
        for client, (brand, chosen) in looks.items()
    ]
    told = {"files": association_files(pages)}
    maps = {"brands": known, "renamed": list(RENAMED.items()), "scripts": list(SCRIPTS.items())}
    lines = [f"const {name} = {json.dumps(value)};" for name, value in told.items()]
    lines += [f"const {name} = new Map({json.dumps(value)});" for name, value in maps.items()]
    return "\n".join([*lines, _HANDLER])
