/**
 * A server as a target inside this process: what answers a message, held to what RFC 5531 and the `.x` allow, as a server
 * behind a socket is. `execute` throws an AnswerFault for an answer that is wrong; what the server itself throws, passes.
 */
import type { Rng } from '../codec/xdr/index.ts';
import type { Profile, Served } from './expect.ts';
import { bucketOf } from './finding.ts';
import { expectBytes, type JudgeRules, judge } from './judge.ts';
import { callWith, type FuzzProcedure, type PlanOptions } from './plan.ts';
import { randomEncoding } from './random-encoding.ts';

export class AnswerFault extends Error {
  override readonly name = 'AnswerFault';
}

/** The reply to a message, without record marks; null where there is none. */
export type Answer = (message: Uint8Array) => Uint8Array | null | Promise<Uint8Array | null>;

export interface AnswerTargetInit {
  readonly served: Served;
  readonly procedures: readonly FuzzProcedure[];
  readonly answer: Answer;
  /** default lenient */
  readonly profile?: Profile;
}

export interface AnswerTarget {
  execute(message: Uint8Array): Promise<void>;
  /** a valid call of one of the procedures */
  generate(random: Rng): Uint8Array;
}

export function answerTarget({ served, procedures, answer, profile }: AnswerTargetInit): AnswerTarget {
  const rules: JudgeRules = {
    served,
    profile: profile ?? 'lenient',
    stream: false,
    others: () => 0,
    lateMs: Number.POSITIVE_INFINITY,
  };
  const options: PlanOptions = { seed: 0, procedures, stream: false };
  const [first] = procedures;
  if (first === undefined) throw new RangeError('no procedure to call');
  return {
    async execute(message) {
      const expected = expectBytes(message, rules);
      const reply = await answer(message);
      const fault = judge(expected, { reply, closed: false, milliseconds: 0 }, rules);
      if (fault === null) return;
      const { declared } = expected;
      const procedure = procedures.find((one) => one.declared === declared) ?? first;
      throw new AnswerFault(`${bucketOf({ procedure }, fault)}: ${fault.detail}`);
    },
    generate(random) {
      const procedure = procedures[random() % procedures.length] as FuzzProcedure;
      const { message } = callWith(
        procedure,
        randomEncoding(procedure.declared.procedure.argument, random),
        options,
      );
      new DataView(message.buffer, message.byteOffset).setUint32(0, random());
      return message;
    },
  };
}
