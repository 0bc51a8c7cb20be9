/**
 * `react-dom/client` of Preact, which sets an element's only text as React does: as the element's own, and not as a text
 * node's, for a browser's translator may have taken that away.
 */
import { options } from 'preact';

export { createRoot } from 'preact/compat/client';

const before = options.vnode;

options.vnode = (vnode) => {
  before?.(vnode);
  const props = vnode.props as { children?: unknown; textContent?: string };
  if (typeof vnode.type !== 'string' || typeof props.children !== 'string') return;
  props.textContent = props.children;
  props.children = undefined;
};
