/**
 * The names that RFC 5531 gives to the numbers of a message. Undefined for a number without a name.
 */
import { AcceptStat, AuthStat, MsgType, RejectStat, ReplyStat } from './message.ts';

function namer(table: Readonly<Record<string, number>>): (value: number) => string | undefined {
  const names = new Map(Object.entries(table).map(([name, value]) => [value, name]));
  return (value) => names.get(value);
}

/** 'CALL', 'REPLY' */
export const msgTypeName = namer(MsgType);
/** 'ACCEPTED', 'DENIED' */
export const replyStatName = namer(ReplyStat);
/** 'SUCCESS', 'PROG_UNAVAIL' … */
export const acceptStatName = namer(AcceptStat);
/** 'RPC_MISMATCH', 'AUTH_ERROR' */
export const rejectStatName = namer(RejectStat);
/** 'AUTH_BADCRED' … */
export const authStatName = namer(AuthStat);
