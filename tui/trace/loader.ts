/**
 * Takes packets from a source through an Inspection into a Trace, for a few milliseconds at a time, so that keys and
 * frames come in between. No clock of its own: the caller says until when. Throws what the stores throw.
 */
import type { Inspection } from '../../dissector/inspect.ts';
import type { PacketSource, SourceState, TakePacket } from '../sources/source.ts';
import type { Trace } from './trace.ts';

export class Loader {
  readonly #source: PacketSource;
  readonly #inspection: Inspection;
  readonly #take: TakePacket;
  #finished = false;

  constructor(source: PacketSource, inspection: Inspection, trace: Trace) {
    this.#source = source;
    this.#inspection = inspection;
    this.#take = (packet, capture, at) => {
      this.#finished = false;
      trace.arrive(packet, at);
      inspection.packet(packet, capture);
    };
    inspection.addTap(trace, true);
  }

  get name(): string {
    return this.#source.name;
  }

  get state(): SourceState {
    return this.#source.state;
  }

  onChange(listener: () => void): void {
    this.#source.onChange(listener);
  }

  /** There is something to load right now. */
  get pending(): boolean {
    return this.#source.state.ready || !this.#finished;
  }

  /** Loads until `performance.now()` passes `until` or nothing is ready. */
  step(until: number): void {
    if (this.#source.state.ready) this.#source.pump(this.#take, until);
    // what only the end settles is settled when nothing more is there, though a live source may go on
    if (!this.#source.state.ready && !this.#finished) {
      this.#finished = true;
      this.#inspection.finish();
    }
  }
}
