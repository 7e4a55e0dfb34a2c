/* The part of Preact's types that the pages use. */

export type Child = unknown;

export declare class Component<P = any, S = any> {
  constructor(props?: P);
  props: P;
  state: S;
  setState(change: Partial<S> | ((state: S) => Partial<S>), then?: () => void): void;
  render(): Child;
}

export declare function h(type: unknown, props: unknown, ...children: Child[]): Child;
export declare function render(what: Child, where: Element): void;
