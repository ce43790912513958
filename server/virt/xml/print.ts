/**
 * A tree as XML text, two spaces a level, as libvirt lays it out. What came from a peer is escaped. Elements that
 * hold text are printed on one line, text as it is. Never throws.
 */
import { escapeMarkupAttribute, escapeMarkupText } from '../../../codec/escape/index.ts';
import type { XmlElement } from './element.ts';

/** Ends with a line feed. */
export function printXml(root: XmlElement): string {
  const out: string[] = [];
  printInto(out, root, '');
  return out.join('');
}

function printInto(out: string[], { name, attributes, children }: XmlElement, indent: string): void {
  out.push(indent, '<', name);
  for (const [key, value] of attributes) out.push(' ', key, "='", escapeMarkupAttribute(value), "'");
  if (children.length === 0) {
    out.push('/>\n');
  } else if (children.some((child) => typeof child === 'string')) {
    out.push('>');
    for (const child of children) out.push(inline(child));
    out.push('</', name, '>\n');
  } else {
    out.push('>\n');
    for (const child of children) printInto(out, child as XmlElement, `${indent}  `);
    out.push(indent, '</', name, '>\n');
  }
}

function inline(child: XmlElement | string): string {
  if (typeof child === 'string') return escapeMarkupText(child);
  const attributes = [...child.attributes].map(([k, v]) => ` ${k}='${escapeMarkupAttribute(v)}'`).join('');
  return child.children.length === 0
    ? `<${child.name}${attributes}/>`
    : `<${child.name}${attributes}>${child.children.map(inline).join('')}</${child.name}>`;
}
