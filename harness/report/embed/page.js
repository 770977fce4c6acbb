/* The page: unpacks each trial's samples when they are looked at, chooses its charts, keeps the theme. */
class Trial {
	constructor(details, id) {
		this.details = details;
		this.id = id;
		this.place = details.querySelector(".charts");
		this.cursorAt = -1;
	}

	async load() {
		if (this.loading) return this.loading;
		this.loading = this.open().catch(error => {
			this.place.append(element("p", {className: "error", textContent: `The timeline cannot be drawn: ${error.message}`}));
		});
		return this.loading;
	}

	async open() {
		const d = JSON.parse(this.details.querySelector("script.data").textContent);
		this.data = d;
		[this.times, ...this.columns] = decode(await inflate(d.data), d.rows, d.columns);
		this.byName = new Map(d.columns.map((c, i) => [c.name, this.columns[i]]));
		this.first = this.times.length ? Math.min(0, this.times[0]) : 0;
		this.last = Math.max(d.duration, this.times.length ? this.times[this.times.length - 1] : 1, 1);
		this.x0 = this.first;
		this.x1 = this.last;
		this.phases = d.phases;
		this.marks = d.events.filter(e => look(e)).map(e => ({...e, look: look(e)}));
		this.baseIndex = Math.max(0, Math.min(this.times.length - 1, lowerBound(this.times, d.baseline)));
		this.charts = chartsOf(this).map((spec, i) => new Chart(this, {...spec, id: i, first: i === 0}));
		this.readout = element("p", {className: "readout"});
		this.readout.setAttribute("aria-live", "polite");
		this.place.before(element("span", {className: "help", textContent: "← → cursor, drag or + − zoom, Esc all"}), this.readout);
		this.place.append(...this.charts.map(c => c.figure));
		if (d.rows < d.taken)
			this.place.append(element("p", {className: "note", textContent: `${d.rows} of ${d.taken} samples are shown.`}));
		this.draw();
		this.width = this.place.clientWidth;
		new ResizeObserver(() => {
			if (this.place.clientWidth && this.place.clientWidth !== this.width) {
				this.width = this.place.clientWidth;
				this.draw();
			}
		}).observe(this.place);
	}

	/* Those that are to be seen, or all; the others when they come near the window. */
	draw(all) {
		for (const c of this.charts) {
			const at = c.figure.getBoundingClientRect();
			c.stale = !all && (at.top > innerHeight + 600 || at.bottom < -600);
			if (c.stale) {
				nearby.observe(c.figure);
				continue;
			}
			c.draw();
			c.moveCursor();
		}
	}

	nearest(t) {
		const i = lowerBound(this.times, t);
		return i > 0 && (i === this.times.length || t - this.times[i - 1] < this.times[i] - t) ? i - 1 : i;
	}

	/* To a sample, or to a moment near one. */
	setCursor(i, moment) {
		this.cursorAt = Math.min(this.times.length - 1, Math.max(0, i));
		this.cursorTime = moment === undefined ? this.times[this.cursorAt] : moment;
		const t = this.cursorTime, near = (this.x1 - this.x0) / 100;
		const phase = this.phases.filter(p => p.t <= t).pop();
		const events = this.data.events.filter(e => Math.abs(e.t - t) < near && e.kind !== "phase").slice(0, 3);
		this.readout.textContent = [`${(t / 1e6).toFixed(3)} s`, phase ? `phase ${phase.name}` : "before the first phase",
			...events.map(e => `${e.kind}: ${e.text}`)].join(" · ");
		for (const c of this.charts) c.moveCursor();
	}

	zoom(from, to) {
		this.x0 = Math.max(this.first, from);
		this.x1 = Math.min(this.last, to);
		if (this.x1 - this.x0 < 1000) this.x1 = this.x0 + 1000;
		this.draw();
	}

	/* True when the key was ours. */
	key(name, far) {
		const by = far ? 10 : 1, at = this.cursorAt, middle = at >= 0 ? this.times[at] : (this.x0 + this.x1) / 2;
		const half = (this.x1 - this.x0) / 2;
		switch (name) {
		case "ArrowLeft": this.setCursor(at - by); return true;
		case "ArrowRight": this.setCursor(at + by); return true;
		case "Home": this.setCursor(0); return true;
		case "End": this.setCursor(this.times.length - 1); return true;
		case "+": case "=": this.zoom(middle - half / 2, middle + half / 2); return true;
		case "-": this.zoom(middle - half * 2, middle + half * 2); return true;
		case "Escape": this.zoom(0, Infinity); return true;
		}
		return false;
	}
}

async function inflate(base64) {
	const text = atob(base64), packed = new Uint8Array(text.length);
	for (let i = 0; i < text.length; i++) packed[i] = text.charCodeAt(i);
	const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
	return new Uint8Array(await new Response(stream).arrayBuffer());
}

/* As html_series.c packed it: the time, then each column. NaN: was not there; Infinity: no limit. */
function decode(bytes, rows, columns) {
	let at = 0;
	return [{by: 1}, ...columns].map(({by}) => {
		const out = new Float64Array(rows);
		let last = 0;
		for (let i = 0; i < rows; i++) {
			let b = bytes[at++], v = b & 127;
			for (let scale = 128; b & 128; scale *= 128) {
				b = bytes[at++];
				v += (b & 127) * scale;
			}
			if (v < 2) {
				out[i] = v ? Infinity : NaN;
				continue;
			}
			last += v % 2 ? (1 - v) / 2 : v / 2 - 1;
			out[i] = last * by;
		}
		return out;
	});
}

/* How an event is drawn; "" for those that are only in the list. */
function look(e) {
	if (e.kind === "kmsg") return e.bad ? "bad" : "";
	if (["phase", "note", "start", "stop", "exit", "until"].includes(e.kind)) return "";
	return ["oom", "set", "broken"].includes(e.kind) ? e.kind : "fault";
}

/* Change per second of a sum of counters. */
function rate(trial, ...names) {
	const have = names.map(n => trial.byName.get(n)).filter(c => c);
	if (!have.length) return null;
	const {times} = trial, total = sums(have.map(values => ({values})), times.length);
	return times.map((t, i) => i ? Math.max(0, total[i] - total[i - 1]) / ((t - times[i - 1]) / 1e6) : NaN);
}

function combine(of, ...columns) {
	if (columns.some(c => !c)) return null;
	return columns[0].map((_, i) => of(...columns.map(c => c[i])));
}

const colour = i => `var(--c${i % 8})`;
const some = series => series.filter(s => s.values);
const moves = values => values && values.some(v => Number.isFinite(v) && v !== 0);

function groupChart(trial) {
	const series = [];
	let i = 0;
	for (const [name, values] of trial.byName) {
		const m = /^(.*)\/memory\.current$/.exec(name);
		if (!m) continue;
		const own = colour(i++);
		series.push({name: m[1], values, color: own});
		for (const knob of ["memory.max", "memory.high"]) {
			const fixed = trial.data.limits.find(l => l.group === m[1] && l.knob === knob);
			const limit = trial.byName.get(`${m[1]}/${knob}`) || (fixed && new Float64Array(trial.times.length).fill(fixed.bytes));
			if (limit && limit.some(Number.isFinite))
				series.push({name: `${m[1]} ${knob}`, values: limit, color: own, kind: "limit", step: true});
		}
		const swap = trial.byName.get(`${m[1]}/memory.swap.current`);
		if (moves(swap)) series.push({name: `${m[1]} swap`, values: swap, color: colour(i++)});
	}
	return {title: "Groups", note: "memory.current, limits dashed", unit: "bytes", series};
}

function machineChart(trial) {
	const get = n => trial.byName.get(`meminfo.${n}`);
	const series = some([
		{name: "AnonPages", values: get("AnonPages"), color: colour(0)},
		{name: "Cached, not shmem", values: combine((c, s) => c - s, get("Cached"), get("Shmem")), color: colour(2)},
		{name: "Shmem", values: get("Shmem"), color: colour(6)},
		{name: "Buffers", values: get("Buffers"), color: colour(7)},
		{name: "SReclaimable", values: get("SReclaimable"), color: colour(5)},
		{name: "SUnreclaim", values: get("SUnreclaim"), color: colour(1)},
		{name: "PageTables", values: get("PageTables"), color: colour(3)},
	]);
	let low = Infinity, high = 0;
	for (const v of sums(series, trial.times.length)) {
		low = Math.min(low, v);
		high = Math.max(high, v);
	}
	/* On a large machine a trial is a sliver of the stack: then the change comes first. */
	return {title: "Machine", note: "meminfo", unit: "bytes", series, mode: high - low > high / 8 ? 0 : 1,
		modes: [{name: "show the change", stacked: true}, {name: "show the whole", relative: true}]};
}

function slabChart(trial) {
	const sampled = [...trial.byName].filter(([n]) => /^slab\..*\.utilisation$/.test(n)).map(([n, v]) => [n, v.map(x => x / 1000)]);
	const read = trial.data.slabs.map(s => {
		const values = new Float64Array(trial.times.length).fill(NaN);
		let k = -1;
		for (let i = 0; i < values.length; i++) {
			while (k + 1 < s.at.length && s.at[k + 1][0] <= trial.times[i]) k++;
			if (k >= 0) values[i] = s.at[k][1] / 1000;
		}
		return [s.name, values];
	});
	return {title: "Slab utilisation", note: read.length ? "as read at the end of each phase" : "objects in use of those that have room", unit: "percent",
		series: [...sampled, ...read].map(([name, values], i) => ({name: name.slice(5, -12), values, color: colour(i), step: true}))};
}

function chartsOf(trial) {
	const vm = n => `vmstat.${n}`, psi = n => {
		const r = rate(trial, `psi.memory.${n}`);
		return r && r.map(v => Math.min(100, v / 1e7)); /* ns of stall a second, as per cent */
	};
	const charts = [
		groupChart(trial),
		machineChart(trial),
		{title: "Reclaim", note: "pages a second", unit: "rate", series: some([
			{name: "scanned, file", values: rate(trial, vm("pgscan_file")), color: colour(5), kind: "wide"},
			{name: "stolen, file", values: rate(trial, vm("pgsteal_file")), color: colour(2)},
			{name: "scanned, anon", values: rate(trial, vm("pgscan_anon")), color: colour(3), kind: "wide"},
			{name: "stolen, anon", values: rate(trial, vm("pgsteal_anon")), color: colour(0)},
			{name: "swapped out", values: rate(trial, vm("pswpout")), color: colour(1)},
			{name: "swapped in", values: rate(trial, vm("pswpin")), color: colour(4)},
		])},
		{title: "Page faults", note: "a second", unit: "rate", series: some([
			{name: "all", values: rate(trial, vm("pgfault")), color: colour(0)},
			{name: "major", values: rate(trial, vm("pgmajfault")), color: colour(1)},
		])},
		{title: "Pressure", note: "PSI memory, share of time", unit: "percent", series: some([
			{name: "some", values: psi("some"), color: colour(5), kind: "wide"},
			{name: "full", values: psi("full"), color: colour(1)},
		])},
		slabChart(trial),
	];
	/* A chart in which nothing happened is a line at 0: said in words instead. */
	const empty = charts.filter(c => ["rate", "percent"].includes(c.unit) && c.series.length && !c.series.some(s => moves(s.values)));
	if (empty.length)
		trial.place.after(element("p", {className: "note", textContent: `Nothing moved in: ${empty.map(c => c.title).join(", ")}.`}));
	return charts.filter(c => c.series.length && !empty.includes(c));
}

const trials = [...document.querySelectorAll("details.trial")].filter(d => d.querySelector("script.data")).map((d, i) => new Trial(d, i));
const ofDetails = new Map(trials.map(t => [t.details, t]));

/* Unpacked when it comes near the window. */
const watcher = new IntersectionObserver(entries => {
	for (const e of entries)
		if (e.isIntersecting) {
			watcher.unobserve(e.target);
			ofDetails.get(e.target.closest("details.trial")).load();
		}
}, {rootMargin: "600px"});
trials.forEach(t => watcher.observe(t.place));

const nearby = new IntersectionObserver(entries => {
	for (const e of entries) {
		const chart = e.isIntersecting && ofDetails.get(e.target.closest("details.trial")).charts.find(c => c.figure === e.target);
		if (!chart) continue;
		nearby.unobserve(e.target);
		if (chart.stale) chart.draw();
		chart.stale = false;
		chart.moveCursor();
	}
}, {rootMargin: "600px"});

document.addEventListener("click", async e => {
	const button = e.target.closest(".events .at");
	const trial = button && ofDetails.get(button.closest("details.trial"));
	if (!trial) return;
	await trial.load();
	const t = Number(button.dataset.t);
	if (t < trial.x0 || t > trial.x1) trial.zoom(0, Infinity);
	trial.setCursor(trial.nearest(t), t);
	trial.place.scrollIntoView({block: "nearest"});
});

const fold = document.getElementById("fold");
const all = [...document.querySelectorAll("details.trial")];
const name = () => { fold.textContent = all.every(d => d.open) ? "Close all" : "Open all"; };
fold.addEventListener("click", () => {
	const open = !all.every(d => d.open);
	for (const d of all) d.open = open;
	name();
});
for (const d of all) d.addEventListener("toggle", name);
name();

function follow() {
	const target = location.hash.startsWith("#trial-") && document.getElementById(location.hash.slice(1));
	if (!target) return;
	target.open = true;
	target.scrollIntoView();
}
window.addEventListener("hashchange", follow);
follow();

/* A printed page has all trials, and charts that nobody scrolled to. */
window.addEventListener("beforeprint", () => {
	for (const d of document.querySelectorAll("details.trial, details.part")) d.open = true;
	for (const t of trials) if (t.charts) t.draw(true);
});

const themes = ["auto", "light", "dark"], button = document.getElementById("theme");
let theme = 0;
/* Pages from files may have no storage. */
try { theme = Math.max(0, themes.indexOf(localStorage.getItem("memtrial-theme"))); } catch { /* auto */ }
function dress() {
	button.textContent = `Theme: ${themes[theme]}`;
	if (theme) document.documentElement.dataset.theme = themes[theme];
	else delete document.documentElement.dataset.theme;
}
button.addEventListener("click", () => {
	theme = (theme + 1) % themes.length;
	try { localStorage.setItem("memtrial-theme", themes[theme]); } catch { /* for this view only */ }
	dress();
});
dress();
