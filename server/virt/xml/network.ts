/**
 * Network XML: a tree → what the daemon uses of it, validated with zod, and the tree to give back. What is not known
 * here is kept as it came. Throws DriverError XML that names the element.
 */
import { isIP } from 'node:net';
import type * as Zod from 'zod';
import { canonicalUuid } from '../../../codec/programs/uuid.ts';
import type { Uuid } from '../../drivers/driver.ts';
import { xmlError } from '../../drivers/error.ts';
import { MAC } from './domain.ts';
import {
  childElement,
  childElements,
  element,
  exactTextOf,
  textOf,
  withAttributes,
  withChild,
  withFirst,
  type XmlElement,
} from './element.ts';
import { interfaceNameProblem, nameProblem } from './names.ts';
import { firstIssue, requirePlain, textThat } from './validate.ts';

export interface NetworkDefinition {
  readonly name: string;
  /** null: none was given */
  readonly uuid: Uuid | null;
  /** null: none was given; networks that own one get one, see `ownsBridge` */
  readonly bridge: string | null;
  /** the daemon makes the bridge: no other network may use it */
  readonly ownsBridge: boolean;
  readonly mac: string | null;
  readonly tree: XmlElement;
}

/** With everything that the daemon adds where it was not given. */
export interface CompleteNetwork extends NetworkDefinition {
  readonly uuid: Uuid;
}

export type NetworkReader = (root: XmlElement) => NetworkDefinition;

const OWN_BRIDGE = ['none', 'nat', 'route', 'open'] as const;
const OTHERS = ['bridge', 'private', 'vepa', 'passthrough', 'hostdev'] as const;
const ORDER = [
  'name',
  'uuid',
  'title',
  'description',
  'metadata',
  'forward',
  'bridge',
  'mac',
  'domain',
] as const;

export function networkReader(z: typeof Zod): NetworkReader {
  const address = textThat(z, (text) => (isIP(text) === 0 ? 'no IP address' : null));
  const schema = z.object({
    name: textThat(z, nameProblem),
    uuid: textThat(z, (text) => (canonicalUuid(text) === null ? 'no UUID' : null)).optional(),
    bridge: textThat(z, interfaceNameProblem).optional(),
    mac: z.string().toLowerCase().regex(MAC, 'no unicast MAC address').optional(),
    forward: z.enum([...OWN_BRIDGE, ...OTHERS]),
    ip: z.array(address),
  });
  return (root) => {
    if (root.name !== 'network') throw xmlError(`<network> is expected, not <${root.name}>`);
    requirePlain(root, ['name', 'uuid']);
    const forward = childElement(root, 'forward');
    const parsed = schema.safeParse({
      name: exactTextOf(childElement(root, 'name')) ?? '',
      uuid: textOf(childElement(root, 'uuid')),
      bridge: childElement(root, 'bridge')?.attributes.get('name'),
      mac: childElement(root, 'mac')?.attributes.get('address'),
      forward: forward === undefined ? 'none' : (forward.attributes.get('mode') ?? 'nat'),
      ip: childElements(root, 'ip').flatMap((ip) => ip.attributes.get('address') ?? []),
    });
    if (!parsed.success) throw firstIssue('network', parsed.error);
    const { name, uuid, bridge, mac, forward: mode } = parsed.data;
    const ownsBridge = OWN_BRIDGE.some((one) => one === mode);
    if (mode === 'bridge' && bridge === undefined)
      throw xmlError('network.bridge: forward mode bridge needs the name of a bridge');
    const definition = {
      name,
      uuid: uuid === undefined ? null : canonicalUuid(uuid),
      bridge: bridge ?? null,
      ownsBridge,
      mac: mac ?? null,
      tree: root,
    };
    return { ...definition, tree: normalTree(definition) };
  };
}

/** The same network with this UUID, and a bridge and its address where it owns one. */
export function completeNetwork(
  definition: NetworkDefinition,
  uuid: Uuid,
  own: { readonly bridge: string; readonly mac: string } | null,
): CompleteNetwork {
  const complete = { ...definition, uuid, ...own };
  return { ...complete, tree: normalTree(complete) };
}

function normalTree({ tree, name, uuid, bridge, ownsBridge, mac }: NetworkDefinition): XmlElement {
  let root = withChild(tree, element('name', {}, [name]));
  if (uuid !== null) root = withChild(root, element('uuid', {}, [uuid]));
  if (bridge !== null) {
    const known =
      childElement(tree, 'bridge') ?? element('bridge', ownsBridge ? { stp: 'on', delay: '0' } : {});
    const rest = Object.fromEntries([...known.attributes].filter(([key]) => key !== 'name'));
    root = withChild(root, { ...element('bridge', { name: bridge, ...rest }), children: known.children });
  }
  if (mac !== null)
    root = withChild(root, withAttributes(childElement(root, 'mac') ?? element('mac'), { address: mac }));
  return withFirst(root, ORDER);
}
