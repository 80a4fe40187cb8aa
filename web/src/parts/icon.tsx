/* Line icons on a 20 px grid, drawn in the colour of the text around them. */

const PATHS = {
	plus: "M10 4v12M4 10h12",
	menu: "M3 5.5h14M3 10h14M3 14.5h14",
	close: "M5 5l10 10M15 5L5 15",
	more: "M4.5 10h.01M10 10h.01M15.5 10h.01",
	send: "M10 16V4.5M5 9.2l5-5 5 5",
	stop: "M6.5 6.5h7v7h-7z",
	copy: "M7.5 7.5h8v8h-8zM12.5 7.5v-3h-8v8h3",
	check: "M4.5 10.5l3.6 3.6 7.4-8",
	sun: "M10 6.7a3.3 3.3 0 100 6.6 3.3 3.3 0 000-6.6zM10 2v1.6M10 16.4V18" +
		"M2 10h1.6M16.4 10H18M4.3 4.3l1.2 1.2M14.5 14.5l1.2 1.2" +
		"M15.7 4.3l-1.2 1.2M5.5 14.5l-1.2 1.2",
	moon: "M16.5 11.8A6.8 6.8 0 118.2 3.5a5.4 5.4 0 008.3 8.3z",
	screen: "M3 4.5h14v9H3zM7.5 16.5h5M10 13.5v3",
	gear: "M3.5 6h6M13.5 6h3M11.5 4.2v3.6M3.5 14h3M10.5 14h6M8.5 12.2v3.6",
	back: "M12 4.5L6.5 10l5.5 5.5",
	down: "M10 4v11.5M5 10.7l5 5 5-5",
	chevron: "M6 8l4 4 4-4",
	pencil: "M4 16l.8-3.4L13 4.4l2.6 2.6-8.2 8.2zM11.3 6.1l2.6 2.6",
	trash: "M4 6h12M8 6V4h4v2M5.5 6l.8 10h7.4l.8-10M8.4 9v4.5M11.6 9v4.5",
	alert: "M10 3.2l7.3 13H2.7zM10 8v3.6M10 13.9v.1",
	info: "M10 3a7 7 0 100 14 7 7 0 000-14zM10 9.2v4.3M10 6.6v.1",
	eye: "M2.5 10s2.7-5 7.5-5 7.5 5 7.5 5-2.7 5-7.5 5-7.5-5-7.5-5z" +
		"M10 7.8a2.2 2.2 0 100 4.4 2.2 2.2 0 000-4.4z",
	key: "M12.6 3.6a3.8 3.8 0 11-2.9 6.3L4 15.6V17h3v-2h2v-2l1.4-1.4" +
		"M13.4 6.5v.1",
	lock: "M5 9h10v7.5H5zM7 9V6.5a3 3 0 016 0V9",
	leave: "M8 3.5H4v13h4M8.5 10h8M13.4 6.8l3.2 3.2-3.2 3.2",
	chat: "M3.5 4.5h13v9h-7l-3.5 3v-3h-2.5z",
	wave: "M3 10c1.6-3.4 3-3.4 4.6 0s3 3.4 4.7 0 3-3.4 4.7 0",
	shield: "M10 2.8l5.8 2v4.6c0 3.7-2.4 6.4-5.8 7.8-3.4-1.4-5.8-4.1-5.8-7.8V4.8z" +
		"M7.3 9.8l2 2 3.4-3.7",
	clock: "M10 3a7 7 0 100 14 7 7 0 000-14zM10 6.2V10l2.6 1.7",
	terminal: "M3 4.5h14v11H3zM5.8 8l2.3 2-2.3 2M10 12.3h3.6",
	file: "M5 3h6.5L15 6.5V17H5zM11.3 3.2v3.5h3.5",
	folder: "M2.5 5h5l1.8 2h8.2v9h-15z",
	upload: "M10 13V4M6.5 7.3L10 4l3.5 3.3M4 12.5v3.5h12v-3.5",
	archive: "M3 4h14v3.5H3zM4.2 7.5V16h11.6V7.5M8 10.5h4",
	box: "M10 2.8l6.5 3.4v7.6L10 17.2l-6.5-3.4V6.2zM3.6 6.3L10 9.7l6.4-3.4M10 9.7v7.3",
	people: "M7.5 4a2.8 2.8 0 100 5.6 2.8 2.8 0 000-5.6zM2.5 16.5c.3-3 2.2-4.6 5-4.6" +
		"s4.7 1.6 5 4.6M13 4.3a2.7 2.7 0 010 5.1M14.6 12.3c1.7.6 2.7 2 2.9 4.2",
	log: "M5 3.5h10v13H5zM7.5 7h5M7.5 10h5M7.5 13h3",
	building: "M4.5 17V3.5h7V17M11.5 8h4v9M3 17h14M7 6.5h2M7 9.5h2M7 12.5h2",
	retry: "M15.8 8.2A6 6 0 104.6 12.6M16 4.2v4.1h-4.1",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
	return (
		<svg
			class="icon"
			viewBox="0 0 20 20"
			width={size}
			height={size}
			fill="none"
			stroke="currentColor"
			stroke-width={name === "more" ? 2.4 : 1.5}
			stroke-linecap="round"
			stroke-linejoin="round"
			aria-hidden="true"
			focusable="false"
		>
			<path d={PATHS[name]} />
		</svg>
	);
}
