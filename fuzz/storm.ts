/**
 * Crowds and floods about one call: what is harmless once and may not be a thousand times, or from many at once. Each
 * is a session whose last step must be answered all the same. Pure; the same options give the same storms.
 */
import { type BaseCall, caseOfSteps, type FuzzCase, type PlanOptions, procedureId, stamped } from './call.ts';
import { NOTHING } from './edit.ts';
import type { Act, Step } from './step.ts';

/** How many of what. */
const COUNT = { repeat: 100, crowd: 24, nulls: 2000, connections: 96, unread: 400 } as const;

/** The storms about a procedure. Without a stream there are no connections to hold. */
export function* stormsOf(base: BaseCall, options: PlanOptions): Generator<FuzzCase> {
  const { procedure, message, body } = base;
  const prefix = `${procedureId(procedure)}/0`;
  const made = (family: string, steps: (step: Maker) => readonly Step[]): FuzzCase => {
    const id = `${prefix}/${family}`;
    let n = 0;
    const all = steps((act, on = 0, cut = 0) => {
      const edit = { ...NOTHING, off: message.length - cut, remove: cut };
      const { bytes } = stamped(`${id}#${n++}`, '', '', procedure, message, edit, options);
      const isSilent = act !== 'call' && act !== 'send';
      // Datagrams in one go are lost where nobody has room for them.
      const how = act === 'send' && !options.stream ? 'call' : act;
      return { on, act: how, bytes: isSilent ? new Uint8Array(0) : bytes, procedure, carry: [] };
    });
    return caseOfSteps(id, family, '', procedure, all, all.length - 1, options.stream);
  };
  const times = (count: number, step: (i: number) => Step): Step[] =>
    Array.from({ length: count }, (_, i) => step(i));
  const { repeat, crowd, connections, unread } = COUNT;
  // Every other one cut short where there is something to cut.
  const cut = Math.min(4, message.length - body);
  yield made('storm.mixed', (step) => [
    ...times(repeat, (i) => step('send', 0, i % 2 === 0 ? 0 : cut)),
    step('call'),
  ]);
  yield made(`storm.repeat(${repeat})`, (step) => [...times(repeat, () => step('send')), step('call')]);
  yield made('storm.kill', (step) => [...times(8, () => step('send')), step('kill', 1), step('call', 2)]);
  const isNull = procedure.declared.procedure.number === 0 || procedure === options.procedures[0];
  if (isNull) {
    yield made(`storm.nulls(${COUNT.nulls})`, (step) => [
      ...times(COUNT.nulls, () => step('send')),
      step('call'),
    ]);
  }
  if (!options.stream) return;
  yield made(`storm.crowd(${crowd})`, (step) => [
    ...times(crowd * 2, (i) => step('send', i % crowd)),
    step('call'),
  ]);
  yield made(`storm.unread(${unread})`, (step) => [
    step('deaf'),
    ...times(unread, () => step('send')),
    step('reset'),
    step('call', 1),
  ]);
  if (!isNull) return;
  yield made(`storm.connections(${connections})`, (step) => [
    ...times(connections, (i) => step('open', i + 1)),
    ...times(connections, (i) => step('reset', i + 1)),
    step('call'),
  ]);
}

/** Makes the next step: how, on which connection, and with how many bytes missing at its end. */
type Maker = (act: Act, on?: number, cut?: number) => Step;
