import { expect } from 'chai';
import { encodeReply, type ReplyInit } from '../../codec/rpc/index.ts';
import { rngOf } from '../../codec/xdr/index.ts';
import { answerTarget } from '../../fuzz/answer-target.ts';
import { expectMessage } from '../../fuzz/expect.ts';
import { fuzzInProcess } from '../../fuzz/in-process.ts';
import { PUT, served } from './base.ts';

const procedures = [PUT];

/** A server that is right about everything, but for calls whose last word is `bad`. */
function answer(message: Uint8Array, bad: number): Uint8Array | null {
  if (message.length < 8) return null;
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  if (view.getUint32(4) !== 0) return null;
  const xid = view.getUint32(0);
  const { refused, declared } = expectMessage(message, served, 'strict');
  if (declared === null) return null;
  const isBad = view.getUint32(message.length - 4) === bad;
  const verdict: ReplyInit['verdict'] = isBad ? 'SYSTEM_ERR' : refused === null ? 'SUCCESS' : 'GARBAGE_ARGS';
  return encodeReply({ xid, verdict } as ReplyInit, verdict === 'SUCCESS' ? new Uint8Array(4) : undefined);
}

describe('fuzz/answer-target', () => {
  it('lets every right answer pass, and makes calls that get SUCCESS', async () => {
    let successes = 0;
    const target = answerTarget({
      served,
      procedures,
      answer: async (message) => {
        const reply = answer(message, 0x12345678);
        if (reply !== null && reply.length > 24) successes++;
        return reply;
      },
    });
    const random = rngOf(3);
    for (let i = 0; i < 100; i++) await target.execute(target.generate(random));
    expect(successes).to.equal(100);
  });

  it('finds a wrong answer, guided by the code that gives it', async () => {
    const { findings } = await fuzzInProcess({
      seed: 1,
      maxExecutions: 50_000,
      maxSeconds: 20,
      maxFindings: 1,
      target: () => {
        const { execute } = answerTarget({ served, procedures, answer: (message) => answer(message, 1) });
        return execute;
      },
      generate: answerTarget({ served, procedures, answer: () => null }).generate,
    });
    expect(findings[0]?.bucket).to.match(/^AnswerFault: system PLANT_PUT\.… SYSTEM_ERR/);
  });

  it('needs a procedure', () => {
    expect(() => answerTarget({ served, procedures: [], answer: () => null })).to.throw(RangeError);
  });
});
