import { expect } from 'chai';
import type { DatagramChannel, Endpoint } from '../../transport/channel.ts';
import { isTransportError } from '../../transport/errors.ts';
import { bindUdp, MAX_DATAGRAM_BYTES, openUdp } from '../../transport/udp.ts';

function next(channel: DatagramChannel): Promise<{ bytes: Buffer; from: Endpoint }> {
  return new Promise((resolve) => {
    channel.start({
      message: (bytes, from) => resolve({ bytes: Buffer.from(bytes), from }),
      closed: () => {},
    });
  });
}

function closed(channel: DatagramChannel): Promise<string> {
  return new Promise((resolve) => {
    channel.start({ message: () => {}, closed: (reason) => resolve(reason.kind) });
    channel.close();
    channel.close();
  });
}

describe('udp', () => {
  for (const host of ['127.0.0.1', '[::1]']) {
    it(`asks and answers over ${host}`, async () => {
      const server = await bindUdp(`udp://${host}:0`);
      expect(server.local.port).to.be.greaterThan(0);
      const { channel: client, to } = await openUdp(`udp://${server.local.text}`);
      expect(to).to.deep.equal(server.local);
      const asked = next(server);
      client.send(Buffer.from('question'), to);
      const { bytes, from } = await asked;
      expect(bytes.toString()).to.equal('question');
      expect(from).to.deep.equal(client.local);
      const answered = next(client);
      server.send(Buffer.from('answer'), from);
      const answer = await answered;
      expect(answer.bytes.toString()).to.equal('answer');
      expect(answer.from).to.deep.equal(server.local);
      expect(await closed(client)).to.equal('closed');
      expect(await closed(server)).to.equal('closed');
    });
  }

  it('hears from its own server only', async () => {
    const server = await bindUdp('udp://127.0.0.1:0');
    const stranger = await bindUdp('udp://127.0.0.1:0');
    const { channel: client } = await openUdp(`udp://${server.local.text}`);
    const heard = next(client);
    stranger.send(Buffer.from('forged'), client.local);
    server.send(Buffer.from('true'), client.local);
    expect((await heard).bytes.toString()).to.equal('true');
    for (const channel of [server, stranger, client]) channel.close();
  });

  it('tells of datagrams that nobody took or that are too long, and goes on', async () => {
    const gone = await bindUdp('udp://127.0.0.1:0');
    gone.close();
    const problems: string[] = [];
    let wake = (): void => {};
    const { channel, to } = await openUdp(`udp://${gone.local.text}`, {
      onProblem: (error) => {
        problems.push((error as NodeJS.ErrnoException).code ?? error.message);
        wake();
      },
    });
    const problem = (): Promise<void> => new Promise((resolve) => (wake = resolve));
    let said = problem();
    channel.send(Buffer.alloc(MAX_DATAGRAM_BYTES + 1), to);
    await said;
    expect(problems).to.deep.equal(['EMSGSIZE']);
    said = problem();
    channel.send(Buffer.from('anybody?'), to);
    await said;
    expect(problems[1]).to.equal('ECONNREFUSED');
    channel.close();
    channel.send(Buffer.from('after the end'), to);
  });

  it('refuses other targets and addresses in use', async () => {
    const taken = await bindUdp('udp://127.0.0.1:0');
    for (const [target, code] of [
      [`udp://${taken.local.text}`, 'IN_USE'],
      ['tcp://127.0.0.1:1', 'BAD_TARGET'],
    ] as const) {
      const error = await bindUdp(target).catch((e: unknown) => e);
      if (!isTransportError(error)) throw error;
      expect(error.code).to.equal(code);
    }
    // Any port will do to listen at, none to send to.
    const nowhere = await openUdp('udp://127.0.0.1:0').catch((e: unknown) => e);
    expect(isTransportError(nowhere) && nowhere.code).to.equal('BAD_TARGET');
    taken.close();
  });
});
