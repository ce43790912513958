/** What nlm.x cannot say. */
import type { Declarations, InfoFormat, InfoPart, ProcedureDeclarations } from '../rpc/declarations.ts';

/** Wireshark's words for them, in either version */
const STATUSES: InfoFormat = {
  names: {
    1: 'NLM_DENIED',
    2: 'NLM_DENIED_NOLOCKS',
    3: 'NLM_BLOCKED',
    4: 'NLM_DENIED_GRACE_PERIOD',
    5: 'NLM_DEADLCK',
    6: 'NLM_ROFS',
    7: 'NLM_STALE_FH',
    8: 'NLM_BIG',
    9: 'NLM_FAILED',
  },
};
const LOCK: readonly InfoPart[] = [
  [' FH:', 'alock.fh', 'handle'],
  [' svid:', 'alock.svid'],
  [' pos:', 'alock.l_offset'],
  ['-', 'alock.l_len'],
];
const TEST: ProcedureDeclarations = { info: { call: LOCK } };
const STATUS: readonly InfoPart[] = [[' ', 'stat.stat', STATUSES]];
const LOCKED: ProcedureDeclarations = { info: { call: LOCK, reply: STATUS } };
const RESULT: ProcedureDeclarations = { info: { call: STATUS } };
const SHARE: ProcedureDeclarations = {
  info: { call: [[' FH:', 'share.fh', 'handle']], reply: [[' ', 'stat', STATUSES]] },
};

/** What the lines of lock manager messages tell, by procedure names without their prefix. */
export function lockProcedures(prefix: string): Record<string, ProcedureDeclarations> {
  const named: Record<string, ProcedureDeclarations> = {
    TEST: TEST,
    LOCK: LOCKED,
    CANCEL: LOCKED,
    UNLOCK: LOCKED,
    GRANTED: LOCKED,
    TEST_MSG: TEST,
    LOCK_MSG: TEST,
    CANCEL_MSG: TEST,
    UNLOCK_MSG: TEST,
    GRANTED_MSG: TEST,
    LOCK_RES: RESULT,
    CANCEL_RES: RESULT,
    UNLOCK_RES: RESULT,
    GRANTED_RES: RESULT,
    SHARE: SHARE,
    UNSHARE: SHARE,
    NM_LOCK: LOCKED,
  };
  return Object.fromEntries(Object.entries(named).map(([name, value]) => [prefix + name, value]));
}

export const declarations: Declarations = {
  prefixes: ['NLM_'],
  procedures: lockProcedures('NLM_'),
  aliases: {
    nlm_stats: 'nlm.stat',
    'nlm_lock.caller_name': 'nlm.lock.caller_name',
    'nlm_lock.oh': 'nlm.lock.owner',
    'nlm_lock.svid': 'nlm.lock.svid',
  },
};
