import { expect } from 'chai';
import type { DatagramChannel, DatagramHandlers, Endpoint } from '../../transport/channel.ts';
import type { RecordSink } from '../../transport/record.ts';
import { recordDatagrams } from '../../transport/record-datagrams.ts';

const at = (port: number): Endpoint => ({ text: `10.0.0.1:${port}`, address: '10.0.0.1', port });

function setUp(fails = false) {
  const told: string[] = [];
  const sent: number[] = [];
  let handlers: DatagramHandlers | null = null;
  const channel: DatagramChannel = {
    local: at(1),
    start: (h) => {
      handlers = h;
    },
    send: (bytes) => void sent.push(bytes.length),
    close: () => undefined,
  };
  const sink: RecordSink = {
    open: ({ remote }) => ({
      message(direction, [part]) {
        if (fails) throw new Error('disk full');
        told.push(`${direction} ${remote.port} ${part?.length}`);
      },
      end: () => undefined,
      closed: () => undefined,
    }),
  };
  const problems: string[] = [];
  const recorded = recordDatagrams(channel, sink, (error) => void problems.push(error.message));
  const received: number[] = [];
  recorded.start({ message: (bytes) => void received.push(bytes.length), closed: () => undefined });
  return {
    recorded,
    told,
    sent,
    received,
    problems,
    arrive: (n: number, port: number) => handlers?.message(new Uint8Array(n), at(port)),
  };
}

describe('transport/record-datagrams', () => {
  it('tells both directions of each other end', () => {
    const { recorded, told, sent, received, arrive } = setUp();
    arrive(4, 7);
    recorded.send(new Uint8Array(5), at(7));
    arrive(6, 8);
    expect(told).to.deep.equal(['received 7 4', 'sent 7 5', 'received 8 6']);
    expect([sent, received]).to.deep.equal([[5], [4, 6]]);
  });

  it('goes on when the recording fails, and says so once', () => {
    const { received, problems, arrive } = setUp(true);
    arrive(1, 1);
    arrive(2, 1);
    expect(received).to.deep.equal([1, 2]);
    expect(problems).to.deep.equal(['disk full']);
  });
});
