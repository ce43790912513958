import { expect } from 'chai';
import { applyEdit } from '../../fuzz/edit.ts';
import { expectMessage } from '../../fuzz/expect.ts';
import { mutateCall } from '../../fuzz/mutate-call.ts';
import { outcomesText } from '../../fuzz/outcome.ts';
import { baseCall } from '../../fuzz/plan.ts';
import { datagramPlan, PUT, served } from './base.ts';

describe('fuzz/mutate-call', () => {
  it('gives each family the verdict of RFC 5531 that it is for', () => {
    const { message, body } = baseCall(PUT, 0, datagramPlan);
    const wanted: readonly [RegExp, string][] = [
      [/^hdr.rpcvers/, 'RPC_MISMATCH'],
      [/^hdr.prog/, 'PROG_UNAVAIL'],
      [/^hdr.vers/, 'PROG_MISMATCH'],
      [/^hdr.proc/, 'PROC_UNAVAIL'],
      // an identity that anybody may claim, well-formed
      [/^auth.root/, 'SUCCESS'],
      [/^auth/, 'AUTH_ERROR'],
      [/^hdr.(mtype|trunc|reply)/, 'SILENCE or CLOSED'],
    ];
    const seen = new Set<string>();
    for (const { id, edit } of mutateCall(message, body)) {
      const [, verdict] = wanted.find(([family]) => family.test(id)) ?? [];
      expect(outcomesText(expectMessage(applyEdit(message, edit), served, 'strict').allowed), id).to.equal(
        verdict,
      );
      seen.add(verdict as string);
    }
    expect(seen.size).to.equal(wanted.length);
  });
});
