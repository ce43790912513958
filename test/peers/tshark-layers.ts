/**
 * The layers of packets as a -T shape prints them, so that tshark's and ours can be held side by side. What the two
 * differ in by design (docs/differences-from-wireshark.md) is left out of both: vendor names, tcp.analysis, completeness
 * and the pieces of reassembly, the list of IP fragments, expert information, UDP's streams, and the layers of programs.
 */

export type Shape = 'pdml' | 'json' | 'jsonraw' | 'ek' | 'text';

/** Layers that are held to tshark's. */
export const LAYERS = [
  'frame',
  'eth',
  'vlan',
  'ip',
  'ipv6',
  'vxlan',
  'geneve',
  'gre',
  'erspan',
  'tcp',
  'udp',
  'rpc',
] as const;

const HEADINGS: readonly (readonly [heading: string, layer: string])[] = [
  ['Frame ', 'frame'],
  ['Ethernet', 'eth'],
  ['802.1Q', 'vlan'],
  ['Internet Protocol Version 4', 'ip'],
  ['Internet Protocol Version 6', 'ipv6'],
  ['Virtual eXtensible', 'vxlan'],
  ['Generic Network Virt', 'geneve'],
  ['Generic Routing', 'gre'],
  ['Encapsulated Remote', 'erspan'],
  ['Transmission Control', 'tcp'],
  ['User Datagram', 'udp'],
  ['Remote Procedure Call', 'rpc'],
];

const LEFT_OUT =
  /oui|tcp[._](?:analysis|segment|completeness|pdu)|gss-api|_ws[._]expert|ip(?:v6)?[._](?:fragment|reassembled)|frame[._]protocols|udp[._](?:stream|time)/;
/** IPv6 has IPv4's version too, hidden */
const LEFT_OUT_IPV6 = new RegExp(`${LEFT_OUT.source}|(?:^|")ip(?:v6_ip_|_ip_|\\.)version`);

function leftOut(layer: string): RegExp {
  return layer === 'ipv6' ? LEFT_OUT_IPV6 : LEFT_OUT;
}

/** in text an index or time is not said to be UDP's */
const LEFT_OUT_TEXT =
  /\[Expert Info|\[PDU Size|GSS-API Generic|\[SEQ\/ACK analysis|TCP segment data|\[Protocols in frame|\[Conversation completeness|IPv[46] Fragments/;

const UDP_STREAM = /^ *\[(?:Stream index|Time since).*\n?/gm;

/** A layer of a packet: `3 rpc` and its text. */
export interface Layer {
  readonly name: string;
  readonly text: string;
}

/** The layers in LAYERS, those of the first packet first. */
export function layersOf(output: string, shape: Shape): Layer[] {
  return packetsOf(output, shape).flatMap((packet, i) =>
    packet
      .filter(([layer]) => (LAYERS as readonly string[]).includes(layer))
      .map(([layer, text]) => ({
        name: `${i + 1} ${layer}`,
        text: layer === 'udp' && shape === 'text' ? text.replace(UDP_STREAM, '') : text,
      })),
  );
}

type Named = readonly [layer: string, text: string];

function packetsOf(output: string, shape: Shape): Named[][] {
  switch (shape) {
    case 'pdml':
      return output
        .split('<packet>\n')
        .slice(1)
        .map((packet) =>
          [...packet.matchAll(/^ {2}<proto name="([^"]*)".*\n(?: {3}.*\n)* {2}<\/proto>\n/gm)].map(
            ([text, layer]) => [
              layer!,
              withoutSubtrees(withoutEnds(text), (line) => leftOut(layer!).test(named(line))),
            ],
          ),
        );
    case 'json':
    case 'jsonraw':
      return output
        .split(/^ {2}\{\n/m)
        .slice(1)
        .map((packet) =>
          [...packet.matchAll(/^ {8}"([^"]*?)(?:_raw)?": [{[]\n(?: {9}.*\n)* {8}[}\]],?\n/gm)].map(
            ([text, layer]) => [
              layer!,
              withoutSubtrees(text.replace(/,$/gm, ''), (line) => leftOut(layer!).test(line.split(': ')[0]!)),
            ],
          ),
        );
    case 'ek':
      return output
        .split('\n')
        .filter((line) => line.startsWith('{"timestamp"'))
        .map((line) => {
          const layers = members(line).find(([key]) => key === 'layers')?.[1] ?? '{}';
          return members(layers).flatMap(([layer, text]) =>
            each(text).map((one): Named => [layer, kept(layer, one)]),
          );
        });
    case 'text':
      // a packet ends with an empty line; so does the heading of data, which is nobody's layer here
      return output.split(/^(?=Frame \d+: )/m).map((packet) =>
        packet.split(/^(?=\S)/m).map((block) => {
          const layer = HEADINGS.find(([heading]) => block.startsWith(heading))?.[1] ?? '';
          return [layer, withoutSubtrees(block.trimEnd(), (line) => LEFT_OUT_TEXT.test(line))];
        }),
      );
  }
}

/** The name of a PDML field, without what it shows. */
function named(line: string): string {
  return line.split(' showname=')[0]!;
}

/** A field has an end only when it has children, and those may be left out. */
function withoutEnds(text: string): string {
  return text.replace(/^ {3,}<\/(?:field|proto)>\n/gm, '').replace(/"\/>$/gm, '">');
}

/** Lines without those that are left out, and all that is indented deeper below them. */
function withoutSubtrees(text: string, leftOut: (line: string) => boolean): string {
  const kept: string[] = [];
  let deeper = -1;
  for (const line of text.split('\n')) {
    const indent = line.search(/\S/);
    const closes = /^\s*[}\]]$/.test(line);
    if (deeper >= 0 && (indent > deeper || (closes && indent === deeper))) continue;
    deeper = -1;
    if (leftOut(line)) deeper = indent;
    else kept.push(line);
  }
  // a subtree of which nothing is left
  return kept.join('\n').replace(/^ *"[^"]*": \{\n *\}\n?/gm, '');
}

function kept(layer: string, object: string): string {
  return members(object)
    .filter(([key]) => !leftOut(layer).test(key))
    .map(([key, value]) => `${key}:${value}`)
    .join('\n');
}

/** The items of an array, or the one value. */
function each(value: string): string[] {
  return value.startsWith('[') ? items(value) : [value];
}

/** Keys and values of an object, repeated ones too, as they are written. */
function members(object: string): [key: string, value: string][] {
  return items(object).map((item) => {
    const key = /^"((?:[^"\\]|\\.)*)":/.exec(item)!;
    return [key[1]!, item.slice(key[0].length)];
  });
}

/** What stands between the commas of an object or array. */
function items(text: string): string[] {
  const out: string[] = [];
  let depth = 0;
  let from = 1;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{},]/g)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    const ends = (token === ',' && depth === 1) || depth === 0;
    if (!ends) continue;
    if (index > from) out.push(text.slice(from, index));
    from = index + 1;
  }
  return out;
}
