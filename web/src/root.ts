/**
 * `react-dom/client` of Preact, which sets an element's only text as React does: as the element's own, and not as a text
 * node's, for a browser's translator may have taken that away.
 */
import { type ComponentChild, options, render } from 'preact';

/** Renders over what the element has, where Preact's own empties it: what people read of a document stays as it is. */
export function createRoot(container: Element) {
  // A text that is set to what it was stays the same node in some browsers, and Preact then takes it for one too many.
  for (const element of container.querySelectorAll('*')) if (!element.childElementCount) element.textContent = '';
  return { render: (tree: ComponentChild) => render(tree, container), unmount: () => render(null, container) };
}

const before = options.vnode;

options.vnode = (vnode) => {
  before?.(vnode);
  const props = vnode.props as { children?: unknown; textContent?: string };
  if (typeof vnode.type !== 'string' || typeof props.children !== 'string') return;
  props.textContent = props.children;
  props.children = undefined;
};
