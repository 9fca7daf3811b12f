// Children in their order, with as few of them moved as there can be: what is moved loses focus and scroll.

/** Makes `nodes` the children of `parent`, in this order; those that are in place already are not touched. */
export function arrange(parent, nodes) {
  for (const node of [...parent.children]) if (!nodes.includes(node)) node.remove();
  nodes.forEach((node, index) => parent.children[index] !== node && parent.insertBefore(node, parent.children[index] ?? null));
}
