/* The panel from which a microphone, a tab or the screen is sent into a channel. */

import { Capture } from "./capture.js";
import { mayCapture, mayShare, microphones } from "./capture-devices.js";
import { icon, LevelMeter, Message, trackName } from "./live-parts.js";
import { html } from "./markup.js";
import { t } from "./strings.js";
import { Component } from "../vendor/preact.mjs";

/** @typedef {import("./capture.js").CaptureState} CaptureState */
/** @typedef {import("./capture-devices.js").SoundChoice} SoundChoice */
/** @typedef {{capture: CaptureState, choice: SoundChoice, channel: string, devices: MediaDeviceInfo[]}} PanelState */

const WORKLET = new URL("./capture-worklet.js", import.meta.url).href;
const REMEMBERED = "langsupport:sound";
const WAITING_WORTH_SAYING_MS = 3000;

/** Why a browser gave no sound, by its error's name. @type {Record<string, string>} */
const REFUSALS = {
  NotAllowedError: "The browser was not allowed to use the sound. Allow it beside the address, then try again.",
  NotFoundError: "No microphone was found. Connect one and try again.",
  NotReadableError: "The microphone is in use by another program or can't be read. Close that program or choose another microphone.",
  OverconstrainedError: "This microphone is not there any more. Choose another one.",
  NoSound: "No sound was shared. Choose a tab and tick “share tab audio”, or the whole screen with its sound.",
  SharingEnded: "The sharing was ended in the browser. Start again to go on.",
  NotSupportedError: "This browser can't record sound. Use a current version of Firefox, Chrome, Edge or Safari.",
};

export class CapturePanel extends Component {
  /**
   * @param {{session: string, channels: readonly string[], base?: string, live: boolean, onSending?: (channel: string | null) => void}} props
   */
  constructor(props) {
    super(props);
    this.props = props;
    this.capture = new Capture({ session: props.session, worklet: WORKLET, onChange: (capture) => this.take(capture) });
    /** @type {PanelState} */
    this.state = { capture: this.capture.state, choice: remembered(), channel: props.channels[0] ?? "", devices: [] };
    this.look = () => void this.list();
  }

  componentDidMount() {
    this.look();
    globalThis.navigator?.mediaDevices?.addEventListener?.("devicechange", this.look);
  }

  componentWillUnmount() {
    this.capture.stop();
    globalThis.navigator?.mediaDevices?.removeEventListener?.("devicechange", this.look);
  }

  /** @param {CaptureState} capture */
  take(capture) {
    const before = /** @type {PanelState} */ (this.state).capture;
    this.setState({ capture });
    if (before.stage === "asking" && capture.stage !== "asking") this.look(); // now the devices have names
    if ((before.stage === "idle") !== (capture.stage === "idle")) {
      const { onSending } = /** @type {any} */ (this.props);
      onSending?.(capture.stage === "idle" ? null : this.state.channel);
    }
  }

  async list() {
    this.setState({ devices: await microphones() });
  }

  /** @param {Partial<SoundChoice>} changes */
  choose(changes) {
    const choice = { ...this.state.choice, ...changes };
    this.setState({ choice });
    try {
      localStorage.setItem(REMEMBERED, JSON.stringify({ ...choice, kind: "microphone" }));
    } catch {
      // a browser without storage: the choice is for this visit
    }
    if (this.capture.sending) void this.begin(choice);
  }

  /** @param {SoundChoice} choice */
  begin(choice) {
    return this.capture.start(choice, this.state.channel);
  }

  render() {
    const { capture } = /** @type {PanelState} */ (this.state);
    if (!mayCapture()) return html`<${Message} kind="warn">${t("This page can use a microphone only over HTTPS, or on the machine where the service runs.")}<//>`;
    return html`<div class="sending">
      ${this.settings()}
      <div class="row">
        ${this.buttons()}
        ${capture.stage !== "idle" && html`<${LevelMeter} dbfs=${capture.dbfs} speech=${capture.speech} label=${t("Level of the sound being sent")} />`}
      </div>
      <p class="how-it-goes" role="status">${this.words()}</p>
      ${this.warnings()}
    </div>`;
  }

  settings() {
    const { choice, channel, devices } = /** @type {PanelState} */ (this.state);
    const channels = /** @type {string[]} */ (/** @type {any} */ (this.props).channels);
    const sending = this.capture.sending;
    return html`<div class="fields">
      ${channels.length > 1 &&
      html`<div class="field"><label for="send-channel">${t("Channel")}</label>
        <select id="send-channel" disabled=${sending} value=${channel} onChange=${(/** @type {any} */ event) => this.setState({ channel: event.target.value })}>
          ${channels.map((key) => html`<option value=${key} selected=${key === channel}>${trackName(key)}</option>`)}
        </select></div>`}
      <div class="field"><label for="send-kind">${t("Sound from")}</label>
        <select id="send-kind" disabled=${sending} value=${choice.kind} onChange=${(/** @type {any} */ event) => this.choose({ kind: event.target.value })}>
          <option value="microphone" selected=${choice.kind === "microphone"}>${t("Microphone or line in")}</option>
          ${mayShare() && html`<option value="tab" selected=${choice.kind === "tab"}>${t("A browser tab or the screen")}</option>`}
        </select></div>
      ${choice.kind === "microphone" &&
      html`<div class="field"><label for="send-device">${t("Device")}</label>
        <select id="send-device" value=${choice.device} onChange=${(/** @type {any} */ event) => this.choose({ device: event.target.value })}>
          <option value="">${t("The system's choice")}</option>
          ${devices.filter((device) => device.deviceId && device.label).map((device) => html`<option value=${device.deviceId} selected=${device.deviceId === choice.device}>${device.label}</option>`)}
        </select></div>`}
      <details class="more"><summary>${t("Echo and noise")}</summary>
        <div class="choices"><ul>
          <li><label><input type="checkbox" checked=${choice.echo} onChange=${(/** @type {any} */ event) => this.choose({ echo: event.target.checked })} />${t("Remove echo")}</label></li>
          <li><label><input type="checkbox" checked=${choice.noise} onChange=${(/** @type {any} */ event) => this.choose({ noise: event.target.checked })} />${t("Remove noise")}</label></li>
        </ul></div>
        <p class="note small">${t("Recognition works best with the sound as it is. Use these only if the microphone hears loudspeakers.")}</p>
      </details>
    </div>`;
  }

  buttons() {
    const { capture, choice } = /** @type {PanelState} */ (this.state);
    if (capture.stage === "idle") {
      return html`<button type="button" class="button main" id="send-start" onClick=${() => void this.begin(choice)}>${icon("recording")}${t("Send sound")}</button>`;
    }
    return html`<button type="button" class="button" id="send-stop" onClick=${() => this.capture.stop()}>${icon("stop")}${t("Stop sending")}</button>`;
  }

  /** How it goes, in words. It changes seldom, so that a screen reader may follow. */
  words() {
    const { capture } = /** @type {PanelState} */ (this.state);
    const { live } = /** @type {any} */ (this.props);
    if (capture.stage === "idle") return capture.bye || (capture.refusal ? t(REFUSALS[capture.refusal] ?? "The sound could not be opened. Choose another device and try again.") : "");
    if (capture.stage === "asking") return t("The browser asks whether it may use the sound.");
    if (capture.stage === "connecting") return t("Connecting…");
    if (capture.stage === "device-lost") return t("The microphone is gone. It goes on as soon as one is there again.");
    if (capture.stage === "reconnecting") return t("The connection is lost. The sound is kept for 30 seconds and sent when it is back.");
    const state = capture.session || (live ? "live" : "planned"); // what the server says counts, once it does
    if (capture.off_record) return t("Off the record: the sound is not taken.");
    if (state === "paused") return t("Paused: the sound is not taken.");
    if (state === "planned") return t("The session has not started: the sound is not taken yet.");
    return t("Sound is being sent.");
  }

  warnings() {
    const { capture } = /** @type {PanelState} */ (this.state);
    /** @type {string[]} */
    const said = [];
    if (capture.fault === "silent") said.push(t("Nothing is heard: is the microphone muted or the wrong one chosen?"));
    if (capture.fault === "quiet") said.push(t("Too quiet: move the microphone nearer or turn it up."));
    if (capture.fault === "clipping") said.push(t("Too loud: the sound is cut off. Turn the microphone down."));
    if (capture.lost_ms > 0) said.push(t("{seconds} s of sound were lost because the connection was away too long.", { seconds: Math.ceil(capture.lost_ms / 1000) }));
    else if (capture.stage === "sending" && capture.session === "live" && !capture.off_record && capture.waiting_ms > WAITING_WORTH_SAYING_MS) said.push(t("The connection is slow: {seconds} s of sound are waiting to be sent.", { seconds: Math.round(capture.waiting_ms / 1000) }));
    if (capture.container) said.push(t("This browser sends compressed sound; after a lost connection some of it is missing."));
    return html`<div class="warnings" aria-live="polite">${said.map((text) => html`<${Message} key=${text} kind="warn">${text}<//>`)}</div>`;
  }
}

/** @returns {SoundChoice} */
function remembered() {
  /** @type {SoundChoice} */
  const usual = { kind: "microphone", device: "", echo: false, noise: false };
  try {
    return { ...usual, ...JSON.parse(localStorage.getItem(REMEMBERED) ?? "{}") };
  } catch {
    return usual;
  }
}
