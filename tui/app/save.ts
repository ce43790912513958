/** Packets with their marks and comments, written to a new capture a few milliseconds at a time. */
import { CaptureCopy, CopyError } from '../../dissector/capture/write-copy.ts';
import type { Rows } from '../trace/rows.ts';
import { SequentialReader } from '../trace/sequential.ts';
import { count } from '../views/screen-view.ts';
import type { App } from './app.ts';
import type { SavedFile } from './host.ts';
import type { Job } from './job.ts';

const LOOK_EVERY = 32;

export class SaveJob implements Job {
  readonly #path: string;
  readonly #file: SavedFile;
  readonly #rows: Rows;
  readonly #total: number;
  readonly #reader: SequentialReader;
  readonly #copy: CaptureCopy;
  #next = 0;

  /** `file`: new, and ours alone. */
  constructor(path: string, file: SavedFile, rows: Rows, app: App) {
    this.#path = path;
    this.#file = file;
    this.#rows = rows;
    this.#total = rows.length;
    this.#reader = new SequentialReader(app.capture.trace, app.capture.bytes);
    const format = path.endsWith('.pcap') ? 'pcap' : 'pcapng';
    this.#copy = new CaptureCopy({ write: (bytes) => file.write(bytes), format, keyLogs: null });
  }

  get status(): string {
    return `saving ${Math.floor((100 * this.#next) / Math.max(1, this.#total))} %`;
  }

  step(until: number, app: App): boolean {
    const { capture } = app.capture.inspection;
    try {
      while (this.#next < this.#total) {
        const row = this.#rows.at(this.#next++);
        const packet = this.#reader.packet(row);
        packet.comments = app.notes.commentsOf(row);
        this.#copy.packet(packet, capture);
        if (this.#next % LOOK_EVERY === 0 && performance.now() >= until) return true;
      }
      this.#copy.end(capture);
      this.#file.close();
      app.message = `${count(this.#total)} packets are in ${this.#path}`;
    } catch (e) {
      if (!(e instanceof CopyError) && (e as NodeJS.ErrnoException).syscall === undefined) throw e;
      this.cancel(app);
      app.message = `${this.#path}: ${(e as Error).message}`;
    }
    return false;
  }

  cancel(app: App): void {
    this.#file.remove();
    app.message = `saving was stopped, ${this.#path} is gone`;
  }
}
