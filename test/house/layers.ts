/**
 * The layer rule: which file may import which, and which packages belong to which layer. Pure functions over paths;
 * `undefined` means allowed, a string says why not.
 */

/** What each layer may import besides itself: everything below it. */
const BELOW: Readonly<Record<string, readonly string[]>> = {
  codec: [],
  dissector: ['codec'],
  transport: ['codec'],
  client: ['transport', 'codec'],
  server: ['transport', 'codec'],
  replay: ['client', 'server', 'transport', 'dissector', 'codec'],
  fuzz: ['replay', 'client', 'server', 'transport', 'dissector', 'codec'],
  tui: ['fuzz', 'replay', 'client', 'server', 'transport', 'dissector', 'codec'],
  cli: ['tui', 'fuzz', 'replay', 'client', 'server', 'transport', 'dissector', 'codec'],
};

/** The one exception among siblings: the driver that passes through to a real libvirtd is a client. */
const EXCEPTIONS: readonly (readonly [from: string, to: string])[] = [['server/drivers/libvirt/', 'client/']];

/** Inside codec: a folder's neighbours below. `escape` stands alone and serves all. */
const CODEC: Readonly<Record<string, readonly string[]>> = {
  escape: [],
  xdr: ['escape'],
  rpc: ['xdr', 'escape'],
  programs: ['xdr', 'rpc', 'escape'],
  idl: ['xdr', 'escape'],
};

/** The emitters and the resolver describe programs, so of rpc they may know this file, as a type. */
const IDL_TYPES = 'codec/rpc/program.ts';

/** Inside dissector: the way of a frame through the house; a folder may import those before it. */
const DISSECTOR_BEFORE: Readonly<Record<string, readonly string[]>> = {
  capture: [],
  network: ['capture'],
  tls: ['capture', 'network'],
  session: ['capture', 'network', 'tls'],
  tree: ['capture', 'network', 'tls', 'session'],
  filter: ['capture', 'network', 'tls', 'session', 'tree'],
  output: ['capture', 'network', 'tls', 'session', 'tree', 'filter'],
  stats: ['capture', 'network', 'tls', 'session', 'tree', 'filter'],
};

/** May `from` import `to` (both paths in the tree)? */
export function layerFault(from: string, to: string, typeOnly: boolean): string | undefined {
  const [layer = '', folder = ''] = from.split('/');
  const [toLayer = '', toFolder = ''] = to.split('/');
  if (toLayer === 'package.json') return undefined;
  if (layer === toLayer) {
    // A layer's own index and the files beside it join its folders; nothing inside a folder may reach up to them.
    const atTop = from.split('/').length === 2;
    if (atTop || folder === toFolder) return undefined;
    if (layer === 'codec') return codecFault(from, folder, to, toFolder, typeOnly);
    if (layer === 'dissector') return folderFault(DISSECTOR_BEFORE, 'dissector', folder, to, toFolder);
    return undefined;
  }
  if (BELOW[layer]?.includes(toLayer)) return undefined;
  if (EXCEPTIONS.some(([a, b]) => from.startsWith(a) && to.startsWith(b))) return undefined;
  return `${layer} may not import ${toLayer}`;
}

function codecFault(
  from: string,
  folder: string,
  to: string,
  toFolder: string,
  typeOnly: boolean,
): string | undefined {
  if (folder === 'idl' && to === IDL_TYPES) {
    return typeOnly ? undefined : `${from}: ${IDL_TYPES} is for types only`;
  }
  return folderFault(CODEC, 'codec', folder, to, toFolder);
}

function folderFault(
  rule: Readonly<Record<string, readonly string[]>>,
  layer: string,
  folder: string,
  to: string,
  toFolder: string,
): string | undefined {
  const allowed = rule[folder];
  if (allowed === undefined) return `${layer}/${folder} is not a folder that the layer rule knows`;
  if (allowed.includes(toFolder)) return undefined;
  return `${layer}/${folder} may not import ${to}`;
}

/** Packages that live in one place only; type imports are free. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  yargs: ['cli/'],
  blessed: ['tui/'],
  'pcap-parser': ['dissector/capture/'],
};

/** Too slow to load before it is known that they are needed: no entry point reaches them without an `import()`. */
export const LAZY: readonly string[] = ['yargs', 'zod', 'blessed'];

/** The codec touches no file, socket, clock or process, and the dissector no socket. */
const WITHOUT: Readonly<Record<string, RegExp>> = {
  codec: /^node:(?!(?:buffer|util)$)/,
  dissector: /^node:(?:net|tls|dgram|http|https|http2|dns)\b/,
};

/** May `from` import the package or builtin `name`? */
export function packageFault(from: string, name: string, typeOnly: boolean): string | undefined {
  const layer = from.slice(0, from.indexOf('/'));
  if (WITHOUT[layer]?.test(name)) return `${layer} may not import ${name}`;
  if (typeOnly) return undefined;
  const homes = HOMES[name];
  if (homes === undefined || homes.some((home) => from.startsWith(home))) return undefined;
  return `${name} belongs to ${homes.join(', ')}`;
}
