"use strict";
/*
 * A chart over time as SVG. It draws lines, steps and stacked areas of the samples of one trial, with
 * phases and events behind them; zoom and cursor are the trial's, so that all of its charts move
 * together. Only as many points as there are pixels are drawn: the least and the greatest of each.
 */
const SVG = "http://www.w3.org/2000/svg";

function node(name, attributes, text) {
	const n = document.createElementNS(SVG, name);
	for (const a in attributes) n.setAttribute(a, attributes[a]);
	if (text !== undefined) n.textContent = text;
	return n;
}

function element(name, properties, ...children) {
	const n = Object.assign(document.createElement(name), properties);
	n.append(...children);
	return n;
}

/* Numbers for people: 63.9M, 1.2k/s, 12.5%. */
function digits(v, most) {
	const s = Math.abs(v) >= 100 ? v.toFixed(0) : Math.abs(v) >= 10 ? v.toFixed(Math.min(1, most)) : v.toFixed(Math.min(2, most));
	return s.includes(".") ? s.replace(/\.?0+$/, "") : s;
}
function scaled(v, base, units) {
	let i = 0;
	while (Math.abs(v) >= base && i < units.length - 1) {
		v /= base;
		i++;
	}
	return digits(v, i ? 2 : base === 1024 ? 0 : 2) + units[i];
}
const FORMAT = {
	bytes: v => scaled(v, 1024, ["", "K", "M", "G", "T", "P"]),
	rate: v => scaled(v, 1000, ["", "k", "M", "G"]) + "/s",
	percent: v => digits(v, 2) + "%",
	time: v => digits(v, 2) + " s",
};

/* Steps that people read: 1, 2, 5 times a power of ten, or powers of two for bytes. */
function step(span, most, unit) {
	const raw = span / most || 1;
	if (unit === "bytes") return 2 ** Math.ceil(Math.log2(Math.max(raw, 1)));
	const power = 10 ** Math.floor(Math.log10(raw));
	for (const f of [1, 2, 5, 10])
		if (f * power >= raw * 0.999) return f * power;
	return 10 * power;
}

/* First index whose time is not before t. */
function lowerBound(times, t) {
	let low = 0, high = times.length;
	while (low < high) {
		const mid = (low + high) >> 1;
		if (times[mid] < t) low = mid + 1;
		else high = mid;
	}
	return low;
}

const tenth = v => Math.round(v * 10) / 10;

/* All series together at each moment. */
function sums(series, rows) {
	const out = new Float64Array(rows);
	for (const {values} of series)
		for (let i = 0; i < rows; i++) out[i] += values[i] || 0;
	return out;
}

class Chart {
	/* spec: title, note, unit, stacked, series: [{name, values, color, kind: "line"|"limit", step}] */
	constructor(trial, spec) {
		this.trial = trial;
		this.spec = spec;
		this.hidden = new Set();
		this.svg = node("svg", {tabindex: "0", role: "img", "aria-label": `${spec.title}; arrow keys move the cursor, + and - zoom`});
		this.legend = element("ul", {className: "legend"});
		this.caption = element("figcaption", {}, spec.title, " ", element("small", {textContent: spec.note || ""}));
		this.figure = element("figure", {}, this.caption, this.svg, this.legend);
		if (spec.modes) this.addMode();
		this.buildLegend();
		this.listen();
	}

	addMode() {
		const button = element("button", {type: "button", className: "mode"});
		const name = () => { button.textContent = this.spec.modes[this.mode].name; };
		this.mode = this.spec.mode || 0;
		button.addEventListener("click", () => {
			this.mode = (this.mode + 1) % this.spec.modes.length;
			name();
			this.draw();
			this.moveCursor();
		});
		name();
		this.caption.append(button);
	}

	get stacked() { return this.spec.modes ? this.spec.modes[this.mode].stacked : this.spec.stacked; }

	value(s, i) {
		const v = s.values[i];
		return this.spec.modes && this.spec.modes[this.mode].relative ? v - s.values[this.trial.baseIndex] : v;
	}

	buildLegend() {
		this.outputs = this.spec.series.map(s => {
			const swatch = element("i");
			const output = element("output");
			const button = element("button", {type: "button"}, swatch, s.name, output);
			swatch.style.background = s.kind === "limit" ? `repeating-linear-gradient(90deg, ${s.color} 0 4px, transparent 4px 6px)` : s.color;
			button.setAttribute("aria-pressed", "true");
			button.addEventListener("click", () => {
				if (!this.hidden.delete(s)) this.hidden.add(s);
				button.setAttribute("aria-pressed", String(!this.hidden.has(s)));
				this.draw();
				this.moveCursor();
			});
			this.legend.append(element("li", {}, button));
			return output;
		});
	}

	/* Indices to draw: all, or of each pixel those of the least and the greatest value. */
	indices(values) {
		const {times, x0, x1} = this.trial, out = [];
		const from = Math.max(0, lowerBound(times, x0) - 1), to = Math.min(times.length, lowerBound(times, x1) + 2);
		if (to - from <= 2 * this.width) {
			for (let i = from; i < to; i++) out.push(i);
			return out;
		}
		const per = (x1 - x0) / this.width;
		for (let i = from; i < to;) {
			const end = times[i] + per;
			let low = i, high = i, least = Infinity, most = -Infinity;
			for (; i < to && times[i] < end; i++) {
				const v = values[i];
				if (v < least) [low, least] = [i, v];
				if (v > most) [high, most] = [i, v];
			}
			out.push(Math.min(low, high));
			if (low !== high) out.push(Math.max(low, high));
		}
		return out;
	}

	x(t) { return this.left + (t - this.trial.x0) / (this.trial.x1 - this.trial.x0) * this.width; }
	y(v) { return this.top + (1 - (v - this.low) / (this.high - this.low)) * this.height; }

	shown() { return this.spec.series.filter(s => !this.hidden.has(s)); }

	/* What is to be drawn, and the range of it. */
	layout() {
		const shown = this.shown(), curves = [];
		let low = 0, high = 0;
		if (this.stacked) {
			const total = sums(shown, this.trial.times.length);
			const at = this.indices(total);
			let below = at.map(() => 0);
			for (const s of shown) {
				const above = at.map((i, k) => below[k] + (s.values[i] || 0));
				curves.push({s, at, above, below});
				below = above;
			}
			high = Math.max(0, ...below);
		} else {
			for (const s of shown) {
				const at = this.indices(s.values);
				const values = at.map(i => this.value(s, i));
				for (const v of values)
					if (Number.isFinite(v)) {
						low = Math.min(low, v);
						high = Math.max(high, v);
					}
				curves.push({s, at, above: values});
			}
		}
		const floor = {percent: 1, bytes: 4096}[this.spec.unit] || 1;
		if (high - low < floor) high = low + floor;
		this.step = step(high - low, 5, this.spec.unit);
		this.low = Math.floor(low / this.step) * this.step;
		this.high = Math.ceil(high * 1.02 / this.step) * this.step;
		return curves;
	}

	path(curve) {
		const {times} = this.trial;
		let d = "", pen = false;
		curve.at.forEach((i, k) => {
			const v = curve.above[k];
			if (!Number.isFinite(v)) {
				pen = false;
				return;
			}
			const x = tenth(this.x(times[i])), y = tenth(this.y(v));
			d += !pen ? `M${x} ${y}` : curve.s.step ? `H${x}V${y}` : `L${x} ${y}`;
			pen = true;
		});
		return d;
	}

	area(curve) {
		const {times} = this.trial;
		const edge = values => curve.at.map((i, k) => `${tenth(this.x(times[i]))} ${tenth(this.y(values[k]))}`);
		return curve.at.length ? `M${edge(curve.above).join("L")}L${edge(curve.below).reverse().join("L")}Z` : "";
	}

	draw() {
		const all = Math.max(280, this.figure.clientWidth || 280), tall = all < 560 ? 150 : 190;
		const svg = this.svg, trial = this.trial;
		Object.assign(this, {left: 52, top: this.spec.first ? 20 : 8, width: all - 52 - 12});
		this.height = tall - this.top - 20;
		svg.setAttribute("viewBox", `0 0 ${all} ${tall}`);
		svg.replaceChildren();
		const curves = this.layout();
		const clip = node("clipPath", {id: `clip-${trial.id}-${this.spec.id}`});
		clip.append(node("rect", {x: this.left, y: this.top - 1, width: this.width, height: this.height + 2}));
		svg.append(clip);
		this.drawPhases();
		this.drawAxes(all, tall);
		const plot = node("g", {"clip-path": `url(#${clip.id})`, class: "plot"});
		for (const c of curves) {
			const p = c.below ? node("path", {class: "area", d: this.area(c)}) : node("path", {class: `line ${c.s.kind || ""}`, d: this.path(c)});
			p.style[c.below ? "fill" : "stroke"] = c.s.color;
			plot.append(p);
		}
		svg.append(plot);
		this.drawEvents();
		this.select = node("rect", {class: "select", y: this.top, height: this.height, width: 0});
		this.cursor = node("line", {class: "cursor", y1: this.top, y2: this.top + this.height, visibility: "hidden"});
		svg.append(this.select, this.cursor);
	}

	drawPhases() {
		const {phases, x0, x1} = this.trial;
		phases.forEach((p, i) => {
			const from = Math.max(p.t, x0), to = Math.min(i + 1 < phases.length ? phases[i + 1].t : x1, x1);
			if (to <= from) return;
			const x = this.x(from), w = this.x(to) - x;
			if (i % 2 === 0) this.svg.append(node("rect", {class: "phase-odd", x, y: this.top, width: w, height: this.height}));
			if (p.t >= x0) this.svg.append(node("line", {class: "phase-edge", x1: x, x2: x, y1: this.top, y2: this.top + this.height}));
			const fits = Math.floor(w / 6.2);
			if (this.spec.first && fits >= 3)
				this.svg.append(node("text", {class: "phase-name", x: x + 3, y: 12}, p.name.length > fits ? p.name.slice(0, fits - 1) + "…" : p.name));
		});
	}

	drawAxes(all, tall) {
		const {x0, x1} = this.trial, bottom = this.top + this.height;
		for (let v = this.low, n = 0; v <= this.high * 1.0001 && n < 12; v += this.step, n++) {
			const y = this.y(v);
			this.svg.append(node("line", {class: "grid", x1: this.left, x2: all - 12, y1: y, y2: y}));
			this.svg.append(node("text", {x: this.left - 5, y: y + 4, "text-anchor": "end"}, FORMAT[this.spec.unit](v)));
		}
		const by = step((x1 - x0) / 1e6, all < 560 ? 4 : 9, "time");
		for (let t = Math.ceil(x0 / 1e6 / by) * by; t * 1e6 <= x1; t += by)
			this.svg.append(node("text", {x: this.x(t * 1e6), y: bottom + 14, "text-anchor": "middle"}, FORMAT.time(t)));
	}

	drawEvents() {
		for (const e of this.trial.marks) {
			if (e.t < this.trial.x0 || e.t > this.trial.x1) continue;
			const x = this.x(e.t), g = node("g", {});
			g.append(node("title", {}, `${(e.t / 1e6).toFixed(3)} s: ${e.kind}: ${e.text}`));
			g.append(node("line", {class: `event ${e.look}`, x1: x, x2: x, y1: this.top, y2: this.top + this.height}));
			g.append(node("path", {class: `flag ${e.look}`, d: `M${x - 4} ${this.top}h8l-4 7z`}));
			this.svg.append(g);
		}
	}

	/* Show the trial's cursor: a line where it is, in the legend the numbers of the sample next to it. */
	moveCursor() {
		const {cursorAt, cursorTime: t, x0, x1} = this.trial, on = cursorAt >= 0 && t >= x0 && t <= x1;
		if (this.cursor) {
			const x = on ? this.x(t) : 0;
			this.cursor.setAttribute("visibility", on ? "visible" : "hidden");
			this.cursor.setAttribute("x1", x);
			this.cursor.setAttribute("x2", x);
		}
		this.spec.series.forEach((s, k) => {
			const v = cursorAt < 0 ? NaN : this.value(s, cursorAt);
			this.outputs[k].textContent = Number.isFinite(v) ? FORMAT[this.spec.unit](v) : "";
		});
	}

	timeAt(event) {
		const box = this.svg.getBoundingClientRect(), scale = (this.left + this.width + 12) / box.width;
		const share = ((event.clientX - box.left) * scale - this.left) / this.width;
		return this.trial.x0 + Math.min(1, Math.max(0, share)) * (this.trial.x1 - this.trial.x0);
	}

	listen() {
		const svg = this.svg, trial = this.trial;
		let from = null;
		svg.addEventListener("pointerdown", e => {
			if (e.button === 0 && e.pointerType === "mouse") {
				from = this.timeAt(e);
				svg.setPointerCapture(e.pointerId);
			}
		});
		svg.addEventListener("pointermove", e => {
			const t = this.timeAt(e);
			trial.setCursor(trial.nearest(t));
			if (from === null) return;
			this.select.setAttribute("x", Math.min(this.x(from), this.x(t)));
			this.select.setAttribute("width", Math.abs(this.x(from) - this.x(t)));
		});
		svg.addEventListener("pointerup", e => {
			const t = this.timeAt(e), start = from;
			from = null;
			if (start !== null && Math.abs(this.x(start) - this.x(t)) > 6) trial.zoom(Math.min(start, t), Math.max(start, t));
			else this.select.setAttribute("width", 0);
		});
		svg.addEventListener("pointercancel", () => { from = null; });
		svg.addEventListener("dblclick", () => trial.zoom(0, Infinity));
		svg.addEventListener("keydown", e => {
			if (trial.key(e.key, e.shiftKey)) e.preventDefault();
		});
	}
}
