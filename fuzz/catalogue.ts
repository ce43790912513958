/**
 * The families of mutations: what each does, and which shapes of the catalogue of malformed messages it sends. The ids
 * are part of the command's contract; a case's family begins with one of them. Data only.
 */

export interface Family {
  /** what a case's family begins with */
  readonly id: string;
  readonly describe: string;
  /** of the reliability catalogue */
  readonly shapes: readonly string[];
  /** only where messages stand on a stream */
  readonly stream?: true;
  /** only for a process that `--restart` starts */
  readonly process?: true;
}

export const FAMILIES: readonly Family[] = [
  { id: 'trunc@every4', describe: 'arguments cut at each four bytes', shapes: ['X-06', 'X-16'] },
  { id: 'trunc@every1', describe: 'arguments cut at each byte', shapes: ['X-06', 'X-16'] },
  { id: 'extra', describe: 'bytes behind the arguments', shapes: ['RM-09', 'RM-10', 'U-04'] },
  {
    id: 'len',
    describe: 'a length word that lies, around 0, the limit, what is there, 2^30, 2^31, 2^32',
    shapes: ['X-02', 'X-03', 'X-14', 'D-02', 'D-03'],
  },
  { id: 'size', describe: 'as many bytes as the limit, and one more', shapes: ['X-03'] },
  {
    id: 'count',
    describe: 'a count that lies; times the size of an element it turns over at 2^32',
    shapes: ['X-01', 'X-05', 'X-15'],
  },
  { id: 'items', describe: 'as many elements as the limit, and one more', shapes: ['X-05', 'X-07'] },
  { id: 'pad', describe: 'padding that is not zero, missing, or four bytes too long', shapes: ['X-11'] },
  { id: 'bool', describe: 'booleans other than 0 and 1', shapes: ['X-10'] },
  { id: 'enum.gap', describe: 'values that no member of an enum has', shapes: ['X-10'] },
  { id: 'union', describe: 'discriminants without an arm, or of the default arm', shapes: ['X-10', 'X-09'] },
  {
    id: 'opt',
    describe: 'flags of optionals other than 0 and 1, lists without end, long lists',
    shapes: ['X-08', 'X-10', 'X-09'],
  },
  {
    id: 'str',
    describe: 'strings: empty, NUL, bad UTF-8, escapes, formats, paths, long',
    shapes: ['X-12', 'D-06', 'P-01', 'P-02'],
  },
  { id: 'int', describe: 'integers at their boundaries', shapes: ['X-04', 'X-07', 'P-05', 'X-05'] },
  { id: 'hyper', describe: 'hypers at their boundaries, and where doubles lose them', shapes: ['X-13'] },
  { id: 'float', describe: 'NaN, infinities, negative zero, denormals', shapes: ['X-13'] },
  { id: 'hdr.mtype', describe: 'message types other than CALL', shapes: ['RPC-02', 'U-03', 'RPC-04'] },
  { id: 'hdr.rpcvers', describe: 'RPC versions other than 2', shapes: ['RPC-01'] },
  { id: 'hdr.prog', describe: 'programs that are not served', shapes: ['RPC-03'] },
  { id: 'hdr.vers', describe: 'versions that are not served', shapes: ['RPC-03'] },
  { id: 'hdr.proc', describe: 'procedures that there are none of', shapes: ['RPC-03'] },
  { id: 'hdr.trunc', describe: 'the header cut short', shapes: ['RM-08', 'U-04'] },
  { id: 'auth.flavor', describe: 'credentials of flavors not spoken', shapes: ['AU-05'] },
  { id: 'auth.len', describe: 'credential and verifier lengths above 400', shapes: ['AU-01'] },
  { id: 'auth.size', describe: 'a credential of more than 400 bytes', shapes: ['AU-01'] },
  {
    id: 'auth.inner',
    describe: 'AUTH_SYS bodies that disagree with themselves',
    shapes: ['AU-02', 'AU-03', 'AU-04'],
  },
  { id: 'auth.gss', describe: 'RPCSEC_GSS out of nowhere', shapes: ['AU-06'] },
  { id: 'frag.split', describe: 'a record in many fragments', shapes: ['RM-04', 'D-05'], stream: true },
  { id: 'frag.zero', describe: 'empty fragments before a record', shapes: ['RM-02'], stream: true },
  { id: 'frag.empty', describe: 'an empty record', shapes: ['RM-03'], stream: true },
  {
    id: 'frag.nolast',
    describe: 'a record whose last fragment never comes',
    shapes: ['RM-05'],
    stream: true,
  },
  { id: 'frag.huge', describe: 'a fragment declared huge', shapes: ['RM-01'], stream: true },
  { id: 'frag.endless', describe: 'more fragments than anybody needs', shapes: ['RM-05'], stream: true },
  {
    id: 'frag.short',
    describe: 'a record mark of fewer bytes than there are',
    shapes: ['RM-08'],
    stream: true,
  },
  {
    id: 'frag.long',
    describe: 'a record mark of more bytes than there are',
    shapes: ['RM-06'],
    stream: true,
  },
  { id: 'frag.xid-only', describe: 'a record of an xid', shapes: ['RM-08'], stream: true },
  { id: 'frag.half-mark', describe: 'three bytes of a record mark', shapes: ['RM-07'], stream: true },
  { id: 'frag.http', describe: 'an HTTP request', shapes: ['RM-11'], stream: true },
  { id: 'frag.tls', describe: 'a TLS hello', shapes: ['RM-11'], stream: true },
  { id: 'frag.random', describe: '1 MiB that means nothing', shapes: ['RM-11'], stream: true },
  {
    id: 'frag.libvirt',
    describe: "libvirt's frames, whose length word counts itself",
    shapes: ['RM-14', 'RPC-04', 'S-06', 'S-09'],
    stream: true,
  },
  {
    id: 'frag.pcap',
    describe: 'a capture file whose record is as long as can be',
    shapes: ['D-04'],
    stream: true,
  },
  {
    id: 'hdr.reply',
    describe: 'replies that nobody asked for, right and wrong',
    shapes: ['RPC-04', 'RPC-06', 'RPC-07', 'S-06', 'U-03'],
  },
  { id: 'auth.root', describe: 'AUTH_SYS of uid 0', shapes: ['AU-07'] },
  {
    id: 'nest',
    describe: 'flags and discriminants that say 1, as deep as they go',
    shapes: ['X-08', 'X-09'],
  },
  { id: 'call.nested', describe: 'the call itself as an opaque argument', shapes: ['U-01'] },
  { id: 'sess.valid', describe: 'calls that take up what earlier ones were answered with', shapes: ['P-05'] },
  {
    id: 'sess.dup',
    describe: 'a call twice, or three times in one go, with its xid',
    shapes: ['RPC-05', 'S-02', 'U-05', 'D-01'],
  },
  { id: 'sess.drop', describe: 'a call left out', shapes: ['S-02'] },
  { id: 'sess.reorder', describe: 'two calls exchanged', shapes: ['S-02', 'S-03'] },
  { id: 'sess.splice', describe: 'the end of a session before it', shapes: ['S-02', 'S-03'] },
  {
    id: 'sess.replace-handle',
    describe: 'a value that a reply gave, with a bit turned, zero, or ones',
    shapes: ['S-04', 'D-01'],
  },
  { id: 'sess.two-conns', describe: 'a session on two connections', shapes: ['S-04'] },
  {
    id: 'sess.pre-auth',
    describe: 'a call before all others, without credential',
    shapes: ['S-02', 'AU-09'],
  },
  { id: 'sess.post-close', describe: "an ended connection's values, on another", shapes: ['S-02', 'S-04'] },
  {
    id: 'tcp.half',
    describe: 'half a message, while others go on, then the end',
    shapes: ['RM-06', 'RM-07'],
    stream: true,
  },
  { id: 'tcp.slow', describe: 'a message in small pieces', shapes: ['RM-06', 'D-05'], stream: true },
  { id: 'tcp.rst', describe: 'calls in one go, then RST', shapes: ['RM-12', 'S-03'], stream: true },
  { id: 'tcp.fin', describe: 'calls in one go, then FIN', shapes: ['RM-12'], stream: true },
  { id: 'tcp.pipeline', describe: 'a session many times in one go', shapes: ['RM-12', 'S-07'], stream: true },
  { id: 'storm.mixed', describe: 'good and bad calls in turns, in one go', shapes: ['S-01'] },
  {
    id: 'storm.repeat',
    describe: 'a call a hundred times in one go',
    shapes: ['S-03', 'P-03', 'U-02', 'S-06'],
  },
  { id: 'storm.nulls', describe: 'thousands of NULL in one go', shapes: ['S-07', 'U-02'] },
  { id: 'storm.crowd', describe: 'a call on many connections at once', shapes: ['S-05'], stream: true },
  {
    id: 'storm.connections',
    describe: 'connections that ask nothing, held and let go',
    shapes: ['S-08', 'AU-08'],
    stream: true,
  },
  { id: 'storm.unread', describe: 'calls whose answers nobody reads', shapes: ['RM-13'], stream: true },
  { id: 'storm.kill', describe: 'calls, the process killed, a call', shapes: ['P-04'], process: true },
  { id: 'havoc', describe: 'bytes changed at random', shapes: [] },
  { id: 'crossover', describe: 'a part of another value, of the same type', shapes: [] },
  { id: 'dict', describe: 'words of a dictionary in strings and opaques', shapes: [] },
];

/** What of a shape is not sent to the letter, and how near it comes. */
export const SHAPE_NOTES: Readonly<Record<string, string>> = {
  'RPC-06': 'of a client: here its messages go to a server, which must ignore them',
  'RPC-07': 'of a client: here its messages go to a server, which must ignore them',
  'AU-09': 'the listener granting only reading is to be the target',
  'S-09': 'Node sends no descriptors: the frame that announces some goes without them',
  'U-02': 'from the own address: a spoofed one needs a raw socket',
  'U-03': 'from any port: port 111 is not taken',
  'D-01': 'of a dissector: the calls that a capture of it would hold',
  'D-04': 'of a file: its bytes go where a record is expected',
  'D-05': 'conflicting segments need a raw socket: pieces and fragments of a record',
};

/** Whether a case's family, 'len.max+1', is of a family or of the families that send a shape, 'len' or 'X-02'. */
export function isOf(family: string, wanted: string): boolean {
  return FAMILIES.some(
    ({ id, shapes }) => isWithin(family, id) && (isWithin(family, wanted) || shapes.includes(wanted)),
  );
}

/** Whether `wanted` names a family, one of its cases, or a shape that some family sends. */
export function isKnown(wanted: string): boolean {
  return FAMILIES.some(
    ({ id, shapes }) => shapes.includes(wanted) || isWithin(wanted, id) || isWithin(id, wanted),
  );
}

/** 'len.max' is within 'len', 'length' is not. */
function isWithin(family: string, prefix: string): boolean {
  return family.startsWith(prefix) && /^(?:$|[.(@-])/.test(family.slice(prefix.length));
}
