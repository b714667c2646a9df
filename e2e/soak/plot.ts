/** A plot over time as SVG, with nothing it needs from elsewhere. */

export interface Series {
  readonly name: string;
  readonly colour: string;
  /** Points alone, without lines between them. */
  readonly dots?: boolean;
  /** x in minutes; null is a gap. */
  readonly points: readonly (readonly [number, number | null])[];
}

export interface Plot {
  readonly title: string;
  readonly series: readonly Series[];
  /** x of upright lines: something happened there. */
  readonly marks: readonly { readonly at: number; readonly colour: string; readonly what: string }[];
  readonly minutes: number;
}

const WIDTH = 900;
const HEIGHT = 220;
const LEFT = 50;
const TOP = 28;
const BOTTOM = 24;
const LINES = 4;

/** @returns an `svg` element; titles and names must not need escaping */
export function plotSvg({ title, series, marks, minutes }: Plot): string {
  const values = series.flatMap(({ points }) => points.flatMap(([, value]) => (value === null ? [] : [value])));
  const top = niceTop(Math.max(1, ...values));
  const x = (at: number): string => (LEFT + (at / minutes) * (WIDTH - LEFT - 10)).toFixed(1);
  const y = (value: number): string => (HEIGHT - BOTTOM - (value / top) * (HEIGHT - TOP - BOTTOM)).toFixed(1);
  const grid = Array.from({ length: LINES + 1 }, (_, index) => {
    const value = (top / LINES) * index;
    return `<path d="M${LEFT} ${y(value)}H${WIDTH - 10}" class="grid"/><text x="${LEFT - 6}" y="${y(value)}" class="left">${value}</text>`;
  });
  const step = Math.max(1, Math.ceil(minutes / 15));
  const times = Array.from({ length: Math.floor(minutes / step) + 1 }, (_, index) => {
    return `<text x="${x(index * step)}" y="${HEIGHT - 6}" class="below">${index * step} min</text>`;
  });
  const upright = marks.map(
    ({ at, colour, what }) =>
      `<path d="M${x(at)} ${TOP}V${HEIGHT - BOTTOM}" stroke="${colour}" class="mark"><title>${what}</title></path>`,
  );
  const names = series.map(
    ({ name, colour }, index) => `<text x="${LEFT + 160 + index * 150}" y="16" fill="${colour}">${name}</text>`,
  );
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">`,
    `<text x="${LEFT}" y="16" class="title">${title}</text>`,
    ...grid,
    ...times,
    ...upright,
    ...series.map((each) => drawn(each, x, y)),
    ...names,
    '</svg>',
  ].join('\n');
}

function drawn(series: Series, x: (at: number) => string, y: (value: number) => string): string {
  if (series.dots) {
    return series.points
      .flatMap(([at, value]) =>
        value === null ? [] : [`<circle cx="${x(at)}" cy="${y(value)}" r="3" fill="${series.colour}"/>`],
      )
      .join('');
  }
  let isPen = false;
  const path = series.points.map(([at, value]) => {
    if (value === null) {
      isPen = false;
      return '';
    }
    const command = `${isPen ? 'L' : 'M'}${x(at)} ${y(value)}`;
    isPen = true;
    return command;
  });
  return `<path d="${path.join('')}" stroke="${series.colour}" class="line"/>`;
}

/** The next of 1, 2, 4, 6, 8 or 10 times a power of ten: its quarters are round. */
function niceTop(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * [1, 2, 4, 6, 8, 10].find((each) => each * power >= value)!;
}
