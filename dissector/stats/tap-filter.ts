/** The optional display filter at the end of a statistic's argument. */
import type { Frame } from '../network/frame.ts';
import type { Pdu } from '../session/pdu.ts';
import type { PduList } from '../session/pdu-list.ts';
import type { StatisticContext } from './statistic.ts';

export type PacketTest = (frame: Frame, pdus: PduList) => boolean;

/** Always true for an empty filter. Throws FilterError. */
export function tapFilter(filter: string, context: Pick<StatisticContext, 'test'>): PacketTest {
  return filter.trim() === '' ? () => true : context.test(filter);
}

/** Shows `take` the messages of every packet that passes. */
export function eachMessage(test: PacketTest, take: (pdu: Pdu, frame: Frame) => void) {
  return (frame: Frame, pdus: PduList): void => {
    if (pdus.count === 0 || !test(frame, pdus)) return;
    for (let i = 0; i < pdus.count; i++) {
      const pdu = pdus.pdus[i];
      if (pdu?.kind === 'message') take(pdu, frame);
    }
  };
}
