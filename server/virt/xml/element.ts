/**
 * An XML document as a plain immutable tree, with what it takes to look into one and to change a copy. Attributes
 * are Maps, so that no name from a document is an object's key. Nothing throws.
 */

export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  /** white space between elements is gone; text beside elements is kept */
  readonly children: readonly (XmlElement | string)[];
}

export function element(
  name: string,
  attributes: Readonly<Record<string, string>> = {},
  children: readonly (XmlElement | string)[] = [],
): XmlElement {
  return { name, attributes: new Map(Object.entries(attributes)), children };
}

/** The child elements, those of one name if given. */
export function childElements(parent: XmlElement, name?: string): XmlElement[] {
  return parent.children.filter(
    (child): child is XmlElement => typeof child !== 'string' && (name === undefined || child.name === name),
  );
}

/** The first child of that name. */
export function childElement(parent: XmlElement | undefined, name: string): XmlElement | undefined {
  return parent === undefined ? undefined : childElements(parent, name)[0];
}

/** The text directly inside, as it is; undefined without the element. For names: white space is part of one. */
export function exactTextOf(of: XmlElement | undefined): string | undefined {
  return of?.children.filter((child) => typeof child === 'string').join('');
}

/** The text directly inside, without XML's white space around it: for numbers and words. */
export function textOf(of: XmlElement | undefined): string | undefined {
  return exactTextOf(of)?.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
}

/** Nothing but what XML calls white space; a no-break space is text. */
export function isXmlSpace(text: string): boolean {
  return /^[ \t\r\n]*$/.test(text);
}

/** A copy with attributes set, or taken away where undefined. */
export function withAttributes(
  of: XmlElement,
  changes: Readonly<Record<string, string | undefined>>,
): XmlElement {
  const attributes = new Map(of.attributes);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) attributes.delete(name);
    else attributes.set(name, value);
  }
  return { ...of, attributes };
}

export function withChildren(of: XmlElement, children: readonly (XmlElement | string)[]): XmlElement {
  return { ...of, children };
}

/** A copy in which the first child of that name is replaced, or `child` comes last; others of that name are dropped. */
export function withChild(parent: XmlElement, child: XmlElement): XmlElement {
  const at = parent.children.findIndex((one) => typeof one !== 'string' && one.name === child.name);
  if (at < 0) return withChildren(parent, [...parent.children, child]);
  const rest = parent.children.filter(
    (one, i) => i <= at || typeof one === 'string' || one.name !== child.name,
  );
  return withChildren(
    parent,
    rest.map((one, i) => (i === at ? child : one)),
  );
}

/** A copy with the elements of these names in front, in this order, and everything else behind as it was. */
export function withFirst(parent: XmlElement, names: readonly string[]): XmlElement {
  const isFirst = (child: XmlElement | string): boolean =>
    typeof child !== 'string' && names.includes(child.name);
  return withChildren(parent, [
    ...names.flatMap((name) => childElements(parent, name)),
    ...parent.children.filter((child) => !isFirst(child)),
  ]);
}
