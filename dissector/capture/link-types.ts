/**
 * The link types that exist for capture files, as far as Wireshark 4.0 knows them. A pcap file of any other type
 * is refused, as tshark refuses it; a pcapng interface of another type is data.
 */

/** LINKTYPE_ numbers, as ranges from and to. */
const KNOWN: readonly (readonly [from: number, to: number])[] = [
  [0, 3],
  [6, 14],
  [16, 16],
  [18, 19],
  [32, 32],
  [50, 51],
  [99, 101],
  [104, 109],
  [112, 114],
  [117, 119],
  [121, 123],
  [127, 131],
  [133, 133],
  [135, 144],
  [147, 163],
  [165, 165],
  [167, 167],
  [169, 173],
  [177, 181],
  [183, 184],
  [186, 190],
  [192, 192],
  [195, 197],
  [199, 204],
  [209, 215],
  [220, 220],
  [224, 231],
  [235, 237],
  [239, 243],
  [245, 245],
  [248, 256],
  [258, 260],
  [264, 264],
  [266, 266],
  [268, 268],
  [270, 276],
  [279, 280],
  [283, 283],
  [287, 288],
  [290, 290],
  [292, 295],
];

export function isKnownLinkType(linkType: number): boolean {
  return KNOWN.some(([from, to]) => linkType >= from && linkType <= to);
}
