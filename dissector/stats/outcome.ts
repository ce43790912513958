/** What a message says about the call it answers, read from its header. Any bytes are taken; never throws. */
import { AcceptStat, newHeader, parseHeader, ReplyStat } from '../../codec/rpc/index.ts';
import type { Pdu } from '../session/pdu.ts';

const header = newHeader();

/** Whether a reply says that the call was carried out: accepted, with accept_stat SUCCESS. */
export function succeeded(pdu: Pdu): boolean {
  parseHeader(pdu.view, pdu.off, pdu.off + pdu.len, header, Number.MAX_SAFE_INTEGER);
  return header.replyStat === ReplyStat.ACCEPTED && header.acceptStat === AcceptStat.SUCCESS;
}
