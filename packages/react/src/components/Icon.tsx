/** Small drawings; none says anything that the text beside it does not. */
const PATHS = {
  mail: 'M3.5 6.5h17v11h-17zM4 7l8 6.5L20 7',
  phone: 'M7.5 3.5h9v17h-9zM11 17.5h2',
  check: 'm5.5 12.5 4.5 4.5 9-10',
  dot: 'M12 11a1 1 0 1 0 0 2 1 1 0 0 0 0-2',
  cross: 'm7.5 7.5 9 9M16.5 7.5l-9 9',
  link: 'm9 15 6-6M10.5 7.5l2-2a4 4 0 0 1 6 6l-2 2M13.5 16.5l-2 2a4 4 0 0 1-6-6l2-2',
  offline: 'M4 9.5a12 12 0 0 1 5-2.6M20 9.5a12 12 0 0 0-6-2.9M7.5 13.2a7 7 0 0 1 3-1.6M12 17.5h.01M5 4l14 16',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6',
  eyeOff: 'M4.5 8.5C3.2 10.2 2.5 12 2.5 12S6 18.5 12 18.5c1.5 0 2.8-.4 4-1M9.5 5.9A9 9 0 0 1 12 5.5c6 0 9.5 6.5 9.5 6.5a17 17 0 0 1-2.3 3.2M4 4l16 16',
  globe: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17M3.5 12h17M12 3.5c5 5 5 12 0 17M12 3.5c-5 5-5 12 0 17',
  warning: 'M12 4 21 19.5H3zM12 10v4.5M12 17v.2',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" width={size} height={size} aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
