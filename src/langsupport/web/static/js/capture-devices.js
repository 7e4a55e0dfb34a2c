/* Microphones, shared tabs and what records them: everything of capturing that only a browser has. */

/** @typedef {"microphone" | "tab"} SoundKind */
/** @typedef {{kind: SoundKind, device: string, echo: boolean, noise: boolean}} SoundChoice `device` "": the system's own choice */
/** @typedef {{frame: number, at_ms: number, samples: Float32Array}} Block `frame`: the device's own count; `at_ms`: wall clock */
/**
 * @typedef {{
 *   rate: number, format: {format: string, rate?: number}, stop: () => void, restart: () => void,
 * }} Tap What records a stream. `restart` begins a container anew; for samples it does nothing.
 */

const RATE = 16_000; // what recognition works with; a third of what 48,000 would send
const CHUNK_MS = 1000;
/** What browsers record, by the protocol's name. @type {readonly [string, string][]} */
const CONTAINERS = [
  ["webm", "audio/webm;codecs=opus"],
  ["mp4", "audio/mp4;codecs=opus"],
  ["mp4", "audio/mp4"],
  ["ogg", "audio/ogg;codecs=opus"],
];

/** Whether this page may use microphones at all: browsers allow it only over HTTPS and on the machine itself. */
export function mayCapture() {
  return Boolean(globalThis.navigator?.mediaDevices?.getUserMedia);
}

/** Whether the sound of a tab or the screen can be taken here: on phones it can't. */
export function mayShare() {
  return Boolean(globalThis.navigator?.mediaDevices?.getDisplayMedia);
}

/** The microphones. Their names are known only after the first permission. @returns {Promise<MediaDeviceInfo[]>} */
export async function microphones() {
  if (!mayCapture()) return [];
  const found = await navigator.mediaDevices.enumerateDevices();
  return found.filter((device) => device.kind === "audioinput" && device.deviceId !== "communications");
}

/**
 * Ask for the sound. Recognition does best with sound as it is: what browsers do against echo and noise is off unless asked for.
 *
 * @param {SoundChoice} choice
 * @returns {Promise<MediaStream>}
 * @throws {Error} `name` as browsers have it: NotAllowedError, NotFoundError, NoSound (a tab was shared without its sound)
 */
export async function openSound(choice) {
  /** @type {MediaTrackConstraints} */
  const audio = { echoCancellation: choice.echo, noiseSuppression: choice.noise, autoGainControl: false };
  if (choice.kind === "microphone") {
    if (choice.device) audio.deviceId = { exact: choice.device };
    return navigator.mediaDevices.getUserMedia({ audio });
  }
  const wanted = { audio, video: { frameRate: 1 }, systemAudio: "include", selfBrowserSurface: "exclude" };
  const stream = await navigator.mediaDevices.getDisplayMedia(/** @type {DisplayMediaStreamOptions} */ (wanted));
  if (stream.getAudioTracks().length) return stream;
  for (const track of stream.getTracks()) track.stop();
  throw Object.assign(new Error("no sound was shared"), { name: "NoSound" });
}

/**
 * Record a stream: by samples where the browser has audio worklets, else as a container.
 *
 * @param {MediaStream} stream
 * @param {string} worklet address of capture-worklet.js
 * @param {{onBlock: (block: Block) => void, onChunk: (bytes: Uint8Array<ArrayBuffer>) => void, onLevel: (samples: Float32Array) => void}} news
 * @returns {Promise<Tap>}
 */
export async function record(stream, worklet, news) {
  if (globalThis.AudioWorkletNode) return recordSamples(stream, worklet, news.onBlock);
  return recordContainer(stream, news);
}

/** @returns {AudioContext} */
function audioContext() {
  try {
    return new AudioContext({ sampleRate: RATE, latencyHint: "interactive" });
  } catch {
    return new AudioContext();
  }
}

/** @param {AudioContext} context @param {MediaStream} stream @returns {[AudioContext, MediaStreamAudioSourceNode]} */
function attached(context, stream) {
  try {
    return [context, context.createMediaStreamSource(stream)];
  } catch {
    // some browsers don't convert rates between a device and a context
    void context.close();
    const own = new AudioContext();
    return [own, own.createMediaStreamSource(stream)];
  }
}

/** @param {MediaStream} stream @param {string} worklet @param {(block: Block) => void} onBlock @returns {Promise<Tap>} */
async function recordSamples(stream, worklet, onBlock) {
  const sound = new MediaStream(stream.getAudioTracks());
  const [context, source] = attached(audioContext(), sound);
  await context.audioWorklet.addModule(worklet);
  const node = new AudioWorkletNode(context, "recorder", { numberOfInputs: 1, numberOfOutputs: 0 });
  node.port.onmessage = ({ data }) => onBlock(data);
  source.connect(node);
  const goOn = () => {
    if (context.state !== "running" && context.state !== "closed") void context.resume();
  };
  context.addEventListener("statechange", goOn);
  document.addEventListener("visibilitychange", goOn);
  await context.resume();
  const stop = () => {
    document.removeEventListener("visibilitychange", goOn);
    node.port.postMessage("stop");
    node.port.onmessage = null;
    source.disconnect();
    void context.close();
  };
  return { rate: context.sampleRate, format: { format: "pcm_s16le", rate: context.sampleRate }, stop, restart: () => {} };
}

/**
 * @param {MediaStream} stream
 * @param {{onChunk: (bytes: Uint8Array<ArrayBuffer>) => void, onLevel: (samples: Float32Array) => void}} news
 * @returns {Tap}
 */
function recordContainer(stream, news) {
  const found = CONTAINERS.find(([, type]) => globalThis.MediaRecorder?.isTypeSupported(type));
  if (!found) throw Object.assign(new Error("this browser can't record"), { name: "NotSupportedError" });
  const sound = new MediaStream(stream.getAudioTracks());
  /** @type {MediaRecorder | null} */
  let recorder = null;
  const begin = () => {
    const mine = new MediaRecorder(sound, { mimeType: found[1], audioBitsPerSecond: 64_000 });
    recorder = mine;
    let order = Promise.resolve();
    mine.ondataavailable = ({ data }) => {
      order = order.then(async () => {
        const bytes = new Uint8Array(await data.arrayBuffer());
        if (recorder === mine && bytes.length) news.onChunk(bytes);
      });
    };
    mine.start(CHUNK_MS);
  };
  const end = () => {
    const old = recorder;
    recorder = null;
    if (old && old.state !== "inactive") old.stop();
  };
  const forget = listenIn(sound, news.onLevel);
  begin();
  return {
    rate: 0,
    format: { format: found[0] },
    stop: () => {
      forget();
      end();
    },
    restart: () => {
      end();
      begin();
    },
  };
}

/** The level for the meter, where no worklet gives samples. @param {MediaStream} stream @param {(samples: Float32Array) => void} onLevel */
function listenIn(stream, onLevel) {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = window.setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    onLevel(samples);
  }, 100);
  return () => {
    window.clearInterval(timer);
    void context.close();
  };
}

/** Keeps the screen on while sound is sent, as far as the browser lets it. */
export class Waking {
  constructor() {
    this.wanted = false;
    /** @type {WakeLockSentinel | null} */
    this.lock = null;
    this.again = () => void this.ask();
  }

  start() {
    this.wanted = true;
    document.addEventListener("visibilitychange", this.again);
    void this.ask();
  }

  async ask() {
    if (!this.wanted || document.visibilityState !== "visible" || !navigator.wakeLock) return;
    try {
      this.lock = await navigator.wakeLock.request("screen");
      if (!this.wanted) await this.lock.release();
    } catch {
      // a low battery, a policy: sending goes on without
    }
  }

  stop() {
    this.wanted = false;
    document.removeEventListener("visibilitychange", this.again);
    void this.lock?.release().catch(() => {});
    this.lock = null;
  }
}
