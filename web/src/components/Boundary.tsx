/** Tells of what breaks within it, and shows nothing more of that. */
import { Component, type ReactNode } from 'react';

interface Props {
  children: ReactNode;
  onBroken: () => void;
}

export class Boundary extends Component<Props, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override componentDidCatch(error: unknown) {
    console.error(error);
    this.props.onBroken();
  }

  override render() {
    return this.state.broken ? null : this.props.children;
  }
}
