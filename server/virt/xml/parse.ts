/**
 * XML text from a peer → a tree. Bounded in bytes before the parse, in depth, elements and attributes during it, so
 * that it stops where it becomes too much. Refused: DOCTYPE (and with it entities), processing instructions but the
 * declaration, what XML 1.0 forbids. Throws DriverError XML. sax is loaded by `loadXmlParser`, once.
 */
import { type DriverError, xmlError } from '../../drivers/error.ts';
import { isXmlSpace, type XmlElement } from './element.ts';

export interface XmlLimits {
  readonly bytes: number;
  readonly depth: number;
  readonly elements: number;
  /** of one element */
  readonly attributes: number;
}

export const XML_LIMITS: XmlLimits = { bytes: 262_144, depth: 64, elements: 16_384, attributes: 256 };

export type XmlParser = (text: string, limits?: Partial<XmlLimits>) => XmlElement;

/** Characters that XML 1.0 forbids, even as references. */
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u;

type Sax = typeof import('sax');

/** Only XML's own five entities; the types do not know the option. */
const STRICT = { strictEntities: true, position: true } as const;

export async function loadXmlParser(): Promise<XmlParser> {
  // CommonJS: everything is on the default export, and only some of it beside it.
  const { default: sax } = (await import('sax')) as unknown as { default: Sax };
  return (text, limits) => parse(sax, text, { ...XML_LIMITS, ...limits });
}

interface Open {
  readonly name: string;
  readonly attributes: Map<string, string>;
  readonly children: (XmlElement | string)[];
}

function parse(sax: Sax, text: string, limits: XmlLimits): XmlElement {
  const bytes = Buffer.byteLength(text);
  if (bytes > limits.bytes) throw xmlError(`${bytes} bytes are more than ${limits.bytes}`);
  const parser = sax.parser(true, STRICT);
  const at = (why: string): DriverError =>
    xmlError(`line ${parser.line + 1}, column ${parser.column + 1}: ${why}`);
  const checked = (value: string): string => {
    if (FORBIDDEN.test(value)) throw at('a character that XML forbids');
    return value;
  };
  if (FORBIDDEN.test(text)) throw xmlError('a character that XML forbids');

  const stack: Open[] = [];
  let root: Open | undefined;
  let elements = 0;
  let attributes = new Map<string, string>();
  let declared = false;

  parser.onerror = (error) => {
    throw at(error.message.split('\n')[0] ?? 'not well-formed');
  };
  parser.ondoctype = () => {
    throw at('DOCTYPE is not accepted');
  };
  parser.onsgmldeclaration = () => {
    throw at('declarations are not accepted');
  };
  parser.onprocessinginstruction = ({ name, body }) => {
    if (name !== 'xml' || declared || root !== undefined)
      throw at('processing instructions are not accepted');
    declared = true;
    const why = DECLARED_FIRST.test(text) ? faultOfDeclaration(body) : 'the declaration is not at the start';
    if (why !== null) throw at(why);
  };
  parser.onopentagstart = () => {
    attributes = new Map();
    if (stack.length === 0 && root !== undefined) throw at('a second outermost element');
    if (stack.length >= limits.depth) throw at(`more than ${limits.depth} levels`);
    if (++elements > limits.elements) throw at(`more than ${limits.elements} elements`);
  };
  parser.onattribute = ({ name, value }) => {
    attributes.set(name, checked(value));
    if (attributes.size > limits.attributes) throw at(`more than ${limits.attributes} attributes`);
  };
  parser.onopentag = ({ name }) => {
    if (attributes.size > 0) {
      const why = faultOf(text.slice(parser.startTagPosition, parser.position), attributes.size);
      if (why !== null) throw at(why);
    }
    const open: Open = { name, attributes, children: [] };
    stack.at(-1)?.children.push(open);
    root ??= open;
    stack.push(open);
  };
  const addText = (value: string): void => {
    stack.at(-1)?.children.push(checked(value));
  };
  parser.ontext = addText;
  parser.oncdata = addText;
  parser.onclosetag = () => {
    const closed = stack.pop();
    if (closed !== undefined) tidy(closed.children);
  };
  parser.write(text).close();
  if (root === undefined) throw xmlError('there is no element');
  return root;
}

const DECLARED_FIRST = /^\ufeff?<\?xml\s/;

/** XML 1.0, production 23; what is in quotes is looked at on its own. */
const DECLARATION =
  /^version\s*=\s*(?:"([^"]*)"|'([^']*)')(?:\s+encoding\s*=\s*(?:"([^"]*)"|'([^']*)'))?(?:\s+standalone\s*=\s*(?:"(?:yes|no)"|'(?:yes|no)'))?\s*$/;

/**
 * What is wrong with the declaration; sax does not look into it. XML 1.1 allows other characters and names. The text
 * was UTF-8 when it came: a document that says it is something else was converted by nobody, or wrongly.
 */
function faultOfDeclaration(body: string): string | null {
  const found = DECLARATION.exec(body);
  if (found === null) return 'the declaration is not well-formed';
  const version = found[1] ?? found[2] ?? '';
  const encoding = found[3] ?? found[4] ?? 'UTF-8';
  if (version !== '1.0') return `version ${JSON.stringify(version)} is not read, only 1.0`;
  return encoding.toUpperCase() === 'UTF-8'
    ? null
    : `encoding ${JSON.stringify(encoding)} is not read, only UTF-8`;
}

/** What sax lets pass in a tag's attributes and XML does not; `known` are those it told of. */
function faultOf(tag: string, known: number): string | null {
  let seen = 0;
  for (const [quoted] of tag.matchAll(/=\s*(?:"[^"]*"|'[^']*')/g)) {
    if (quoted.includes('<')) return "a '<' in an attribute";
    seen++;
  }
  return seen === known ? null : 'an attribute twice';
}

/** Drops the white space between elements, and joins texts that stand side by side. */
function tidy(children: (XmlElement | string)[]): void {
  const hasText = children.some((child) => typeof child === 'string' && !isXmlSpace(child));
  const hasElements = children.some((child) => typeof child !== 'string');
  let kept = 0;
  for (const child of children) {
    const before = children[kept - 1];
    if (typeof child !== 'string') children[kept++] = child;
    else if (!hasText && (hasElements || isXmlSpace(child))) continue;
    else if (kept > 0 && typeof before === 'string') children[kept - 1] = before + child;
    else children[kept++] = child;
  }
  children.length = kept;
}
