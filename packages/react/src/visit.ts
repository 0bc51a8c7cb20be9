/**
 * What a tab knows while it is open: in memory, and gone with it.
 *
 * The flow alone outlives it, until the code is used: phones discard tabs while people read the code in another
 * application, and a flow is worth nothing without its code.
 */
const FLOW = 'flow';

export interface Rest {
  /** Milliseconds of the epoch. */
  until: number;
  why: 'sent' | 'rate_limited';
}

export class Visit {
  /** The address to fill in: as it was typed here, or as a valid token told it. */
  email = '';
  /** The application that people come from: of the address, or as a valid token told it. */
  client = '';
  /** Whether a password was changed: nobody goes back to the steps that led there. */
  finished = false;
  /** The link's token. */
  token = '';
  /** The token that a code was exchanged for. */
  codeToken = '';
  /** When each address may be asked for again. */
  readonly rests = new Map<string, Rest>();

  constructor(private readonly storage: Storage | null = sessionStorageOrNull()) {}

  get flow(): string {
    return this.memory || (this.storage?.getItem(FLOW) ?? '');
  }

  set flow(flow: string) {
    this.memory = flow;
    try {
      if (flow) this.storage?.setItem(FLOW, flow);
      else this.storage?.removeItem(FLOW);
    } catch {
      // Full: memory has it.
    }
  }

  private memory = '';

  finish(): void {
    this.finished = true;
    this.flow = this.token = this.codeToken = '';
  }
}

function sessionStorageOrNull(): Storage | null {
  try {
    return window.sessionStorage;
  } catch {
    return null; // a browser that blocks it throws
  }
}
