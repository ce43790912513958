/**
 * Domain XML: a tree → what the daemon uses of it, validated with zod, and the tree to give back. What is not known
 * here is kept as it came. Throws DriverError XML that names the element.
 */
import type * as Zod from 'zod';
import { canonicalUuid } from '../../../codec/programs/uuid.ts';
import type { Uuid } from '../../drivers/driver.ts';
import { xmlError } from '../../drivers/error.ts';
import {
  childElement,
  childElements,
  element,
  exactTextOf,
  textOf,
  withAttributes,
  withChild,
  withChildren,
  withFirst,
  type XmlElement,
} from './element.ts';
import { parseMemory } from './memory.ts';
import { nameProblem } from './names.ts';
import { firstIssue, requirePlain, textThat } from './validate.ts';

export interface DomainDefinition {
  readonly type: string;
  readonly name: string;
  /** null: none was given */
  readonly uuid: Uuid | null;
  /** KiB */
  readonly maxMemory: bigint;
  readonly memory: bigint;
  readonly vcpus: number;
  readonly osType: string;
  /** one an interface, in order; null: none was given */
  readonly macs: readonly (string | null)[];
  readonly tree: XmlElement;
}

/** With everything that the daemon adds where it was not given. */
export interface CompleteDomain extends DomainDefinition {
  readonly uuid: Uuid;
}

export type DomainReader = (root: XmlElement) => DomainDefinition;

const MAX_VCPUS = 16_384;
/** What is written anew: see `normalTree`. */
const PLAIN = ['name', 'uuid', 'memory', 'currentMemory', 'vcpu', 'os.type'];
const ORDER = [
  'name',
  'uuid',
  'title',
  'description',
  'metadata',
  'memory',
  'currentMemory',
  'vcpu',
  'os',
] as const;

/** What is in the schema of every MAC address: unicast, six pairs of hex digits. */
export const MAC = /^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/;

export function domainReader(z: typeof Zod): DomainReader {
  const amount = z
    .object({ unit: z.string().optional(), text: z.string() })
    .transform(({ unit, text }, context) => {
      const kib = parseMemory(text, unit);
      if (kib === null) context.addIssue({ code: 'custom', message: 'no amount of memory' });
      return kib ?? 0n;
    });
  const schema = z.object({
    type: z.string().min(1, 'a domain has a type'),
    name: textThat(z, nameProblem),
    uuid: textThat(z, (text) => (canonicalUuid(text) === null ? 'no UUID' : null)).optional(),
    memory: amount,
    currentMemory: amount.optional(),
    vcpu: z
      .string()
      .regex(/^\d{1,5}$/, 'no number of CPUs')
      .transform(Number)
      .refine((n) => n >= 1 && n <= MAX_VCPUS, `from 1 to ${MAX_VCPUS}`),
    os: z.enum(['hvm', 'xen', 'linux', 'exe']),
    macs: z.array(z.string().toLowerCase().regex(MAC, 'no unicast MAC address').nullable()),
  });
  return (root) => {
    if (root.name !== 'domain') throw xmlError(`<domain> is expected, not <${root.name}>`);
    requirePlain(root, PLAIN);
    const memory = childElement(root, 'memory');
    const current = childElement(root, 'currentMemory');
    const parsed = schema.safeParse({
      type: root.attributes.get('type') ?? '',
      name: exactTextOf(childElement(root, 'name')) ?? '',
      uuid: textOf(childElement(root, 'uuid')),
      memory: { unit: memory?.attributes.get('unit'), text: textOf(memory) ?? '' },
      currentMemory: current && { unit: current.attributes.get('unit'), text: textOf(current) },
      vcpu: textOf(childElement(root, 'vcpu')) ?? '1',
      os: textOf(childElement(childElement(root, 'os'), 'type')) ?? 'hvm',
      macs: interfaces(root).map((one) => childElement(one, 'mac')?.attributes.get('address') ?? null),
    });
    if (!parsed.success) throw firstIssue('domain', parsed.error);
    const { type, name, uuid, memory: maxMemory, currentMemory, vcpu: vcpus, os: osType, macs } = parsed.data;
    const inUse = currentMemory === undefined || currentMemory > maxMemory ? maxMemory : currentMemory;
    const definition = {
      type,
      name,
      uuid: uuid === undefined ? null : canonicalUuid(uuid),
      maxMemory,
      memory: inUse,
      vcpus,
      osType,
      macs,
      tree: root,
    };
    return { ...definition, tree: normalTree(definition) };
  };
}

/** The same domain with this UUID, and these addresses for its interfaces. */
export function completeDomain(
  definition: DomainDefinition,
  uuid: Uuid,
  macs: readonly string[],
): CompleteDomain {
  const complete = { ...definition, uuid, macs };
  return { ...complete, tree: normalTree(complete) };
}

/** As dumpxml gives it: with the id of a domain that runs, without passwords unless `secure`. */
export function domainTree(
  definition: DomainDefinition,
  id: number,
  options: { readonly secure?: boolean | undefined },
): XmlElement {
  const tree = id < 0 ? definition.tree : withAttributes(definition.tree, { id: String(id) });
  return options.secure ? tree : withoutPasswords(tree);
}

function interfaces(root: XmlElement): XmlElement[] {
  const devices = childElement(root, 'devices');
  return devices === undefined ? [] : childElements(devices, 'interface');
}

function normalTree(definition: DomainDefinition): XmlElement {
  const { tree, name, uuid, maxMemory, memory, vcpus, osType, macs } = definition;
  const os = childElement(tree, 'os') ?? element('os');
  const type = childElement(os, 'type') ?? element('type');
  let root = withAttributes(tree, { id: undefined });
  root = withChild(root, element('name', {}, [name]));
  if (uuid !== null) root = withChild(root, element('uuid', {}, [uuid]));
  root = withChild(root, amountOf(root, 'memory', maxMemory));
  root = withChild(root, amountOf(root, 'currentMemory', memory));
  root = withChild(
    root,
    withChildren(childElement(root, 'vcpu') ?? element('vcpu', { placement: 'static' }), [String(vcpus)]),
  );
  root = withChild(root, withChild(os, withChildren(type, [osType])));
  root = withAddresses(root, macs);
  return withFirst(root, ORDER);
}

function amountOf(root: XmlElement, name: string, kib: bigint): XmlElement {
  const found = childElement(root, name) ?? element(name);
  return withChildren(withAttributes(found, { unit: 'KiB' }), [String(kib)]);
}

function withAddresses(root: XmlElement, macs: readonly (string | null)[]): XmlElement {
  const devices = childElement(root, 'devices');
  if (devices === undefined || macs.length === 0) return root;
  let next = 0;
  const children = devices.children.map((child) => {
    if (typeof child === 'string' || child.name !== 'interface') return child;
    const address = macs[next++];
    if (address == null) return child;
    const mac = withAttributes(childElement(child, 'mac') ?? element('mac'), { address });
    return withFirst(withChild(child, mac), ['mac']);
  });
  return withChild(root, withChildren(devices, children));
}

function withoutPasswords(root: XmlElement): XmlElement {
  const devices = childElement(root, 'devices');
  if (devices === undefined || !childElements(devices, 'graphics').some((g) => g.attributes.has('passwd')))
    return root;
  const children = devices.children.map((child) =>
    typeof child !== 'string' && child.name === 'graphics'
      ? withAttributes(child, { passwd: undefined })
      : child,
  );
  return withChild(root, withChildren(devices, children));
}
