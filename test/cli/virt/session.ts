/** One daemon for a file of tests, and `oncilla virt` run against it inside this process. */
import { fakeIo, type Ran, run } from '../fake-io.ts';
import { type Running, running } from '../serve/running.ts';

export class VirtSession {
  readonly #running: Running;

  private constructor(started: Running) {
    this.#running = started;
  }

  static async begin(argv: readonly string[] = []): Promise<VirtSession> {
    return new VirtSession(await running(argv));
  }

  get uri(): string {
    return this.#running.uri;
  }

  get running(): Running {
    return this.#running;
  }

  /** Runs a command line; `input` is its standard input. */
  virt(words: readonly string[], input = ''): Promise<Ran> {
    return run(['virt', '-c', this.uri, ...words], fakeIo({ stdin: [Buffer.from(input)] }));
  }

  /** What a command prints; fails for another status than 0. */
  async text(words: readonly string[], input = ''): Promise<string> {
    const { status, out, err } = await this.virt(words, input);
    if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}: ${err}`);
    return out;
  }

  async json(words: readonly string[], input = ''): Promise<unknown> {
    return JSON.parse(await this.text([...words, '--json'], input));
  }

  end(): Promise<void> {
    return this.#running.daemon.stop();
  }
}

export const DOMAIN = (name: string) =>
  `<domain type='test'><name>${name}</name><memory>1024</memory><os><type>hvm</type></os></domain>`;
