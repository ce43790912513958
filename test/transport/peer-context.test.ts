import { expect } from 'chai';
import { ServedCall } from '../../transport/peer-context.ts';
import type { ConnectionView } from '../../transport/peer-types.ts';
import { ADD } from './fixture.ts';

const newCall = (): ServedCall =>
  new ServedCall(1, 2, 3, ADD, { flavor: 0, body: new Uint8Array(0) }, {} as ConnectionView);

describe('transport: a served call', () => {
  it('makes one signal, when it is read, and aborts it once', () => {
    const call = newCall();
    const { signal } = call;
    expect(call.signal).to.equal(signal);
    expect(signal.aborted).to.equal(false);
    let aborts = 0;
    signal.addEventListener('abort', () => aborts++);
    const reason = new Error('gone');
    call.abort(reason);
    call.abort(new Error('again'));
    expect(signal.reason).to.equal(reason);
    expect(aborts).to.equal(1);
    expect(call.aborted).to.equal(true);
  });

  it('gives an aborted signal to who reads it late', () => {
    const call = newCall();
    const reason = new Error('gone');
    call.abort(reason);
    expect(call.signal.reason).to.equal(reason);
  });
});
