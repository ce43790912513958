/**
 * State found by content: the opaques that a reply gives and a later call uses, whatever they are called. Pure, over
 * the recording alone.
 */
import type { XdrType } from '../codec/xdr/index.ts';
import type { Bodies } from './bodies.ts';
import { replyBody } from './compare.ts';
import { rewriteLeaves } from './leaves.ts';
import { couldBeState } from './map-rules.ts';
import type { RecordedCall, RecordedMessage, RecordedSession } from './recorded-session.ts';
import { hexOf } from './state-map.ts';

/** As hex; those that a call used before any reply gave them are the client's own. */
export function reusedBytes(session: RecordedSession, bodies: Bodies): Set<string> {
  const given = new Set<string>();
  const used = new Set<string>();
  const reused = new Set<string>();
  for (const { call, isReply } of messagesOf(session)) {
    if (isReply) {
      const body = replyBody(call, call.reply!.bytes);
      const results = body === null ? null : bodies.results(call, bodies.result(call, body, 0));
      for (const value of results?.values ?? []) {
        eachOpaque(results!.type, value, (hex) => {
          if (!used.has(hex)) given.add(hex);
        });
      }
      continue;
    }
    const found = bodies.procedure(call);
    const args = call.bodyOff < 0 ? null : bodies.args(call, call.bytes, call.bodyOff);
    if (found === null || args === null) continue;
    eachOpaque(found.procedure.argument, args, (hex) => {
      used.add(hex);
      if (given.has(hex)) reused.add(hex);
    });
  }
  return reused;
}

function messagesOf({ calls }: RecordedSession) {
  const all = calls.flatMap((call) => {
    const one = (message: RecordedMessage | null, isReply: boolean) =>
      message === null ? [] : [{ call: call as RecordedCall, isReply, position: message.position }];
    return [...one(call, false), ...one(call.reply, true)];
  });
  return all.sort((a, b) => a.position - b.position);
}

function eachOpaque(type: XdrType, value: unknown, visit: (hex: string) => void): void {
  rewriteLeaves(type, value, (_, part) => {
    if (part instanceof Uint8Array && couldBeState(part)) visit(hexOf(part));
    return part;
  });
}
