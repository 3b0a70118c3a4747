// Draws the charts of a page, shows raw lines on demand and writes CSV files. No request leaves the folder of the page.
"use strict";
(function () {
  const NARROW_SPACE = "\u202f",
    MINUS = "\u2212",
    PER_PAGE = 15,
    LETTER = 7, // width of one, on average
    LONG_TABLE = 40,
    FIRST_ROWS = 25;
  const waiting = {};

  // ---------------------------------------------------------------------------------------------------- charts
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const TONES = ["--c1", "--c2", "--c3", "--c4", "--c5", "--c6", "--c7", "--c8"];
  const clean = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

  function between(one, other, share) {
    const parts = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
    const to = parts(other);
    return `rgb(${parts(one)
      .map((value, at) => Math.round(value + (to[at] - value) * share))
      .join(",")})`;
  }
  // Years are read from the last one back: it gets the strongest line.
  const isByYear = (chart) => chart.series.every((one) => /^\d{4}$/.test(one.name));
  const toneOf = (chart, at) =>
    chart.ordered
      ? between(colour("--r1"), colour("--r6"), chart.series.length > 1 ? at / (chart.series.length - 1) : 1)
      : colour(TONES[(chart.type === "line" && isByYear(chart) ? chart.series.length - 1 - at : at) % TONES.length]);

  function tick(chart) {
    return (value) => {
      const scaled = Math.abs(value) / chart.divisor;
      const text = scaled.toLocaleString("fr-FR", { maximumFractionDigits: 2 }).replace(/\s/g, NARROW_SPACE);
      const isBack = value < 0 && chart.type !== "pyramid";
      const unit = scaled < 2 && /^[a-z]+s$/.test(chart.unit) ? chart.unit.slice(0, -1) : chart.unit;
      return (isBack ? MINUS : "") + text + (unit ? "\u00a0" + unit : "");
    };
  }

  function tooltip(chart) {
    return (items) => {
      const list = Array.isArray(items) ? items : [items];
      const index = list[0].dataIndex;
      const rows = chart.series.map((one, at) => {
        const mark = chart.series.length > 1 ? `<i style="background:${toneOf(chart, at)}"></i>` : "";
        return `<div class="tip">${mark}${chart.series.length > 1 || chart.type === "line" ? clean(one.name) : ""} <b>${clean(one.texts[index])}</b></div>`;
      });
      return `<strong>${clean(chart.categories[index])}</strong>${rows.join("")}`;
    };
  }

  function seriesOf(chart, isSideways) {
    const ink = colour("--ink"),
      sheet = colour("--paper");
    const label = { show: true, color: ink, fontSize: 12, textBorderWidth: 0 };
    if (chart.type === "waterfall") return waterfall(chart, label, isSideways);
    return chart.series.map((one, at) => {
      const rank = chart.type === "line" && isByYear(chart) ? chart.series.length - 1 - at : at;
      const tone = toneOf(chart, at);
      const base = { name: one.name, data: one.values, itemStyle: { color: tone }, emphasis: { disabled: true } };
      if (chart.type === "line") {
        return {
          ...base,
          type: "line",
          symbol: "circle",
          symbolSize: 5,
          lineStyle: { width: 2.25, color: tone, type: ["solid", "dashed", "dotted"][Math.min(rank, 2)] },
          z: 10 - rank,
          connectNulls: false,
          showSymbol: one.values.length < 40,
        };
      }
      const bar = { ...base, type: "bar", barMaxWidth: 46, barCategoryGap: "32%" };
      if (chart.type === "stacked")
        return { ...bar, stack: "all", itemStyle: { color: tone, borderColor: sheet, borderWidth: 1 } };
      if (chart.type === "pyramid") {
        const side = at === 0 ? -1 : 1;
        return {
          ...bar,
          stack: "all",
          barCategoryGap: "12%",
          data: one.values.map((value) => (value === null ? null : side * value)),
          label: { ...label, position: at === 0 ? "insideLeft" : "insideRight", show: false },
        };
      }
      const isAlone = chart.series.length === 1;
      const position = chart.type === "bars" ? "right" : "top";
      const show = chart.type === "bars" ? isAlone : isAlone && one.values.length <= 12;
      return {
        ...bar,
        barGap: "8%",
        label: { ...label, show, position, formatter: (item) => one.texts[item.dataIndex] },
      };
    });
  }

  function waterfall(chart, label, isSideways) {
    const values = chart.series[0].values,
      texts = chart.series[0].texts;
    let level = 0;
    const steps = values.map((value, at) => {
      const from = chart.totals[at] ? 0 : level;
      level = from + (value || 0);
      return { from, to: level };
    });
    chart.low = Math.min(...steps.map((step, at) => (chart.totals[at] ? step.to : Math.min(step.from, step.to))));
    chart.high = Math.max(...steps.map((step) => Math.max(step.from, step.to)));
    const floor = steps.map((step, at) => (chart.totals[at] ? 0 : Math.min(step.from, step.to)));
    const height = steps.map((step, at) => ({
      value: Math.abs(step.to - step.from),
      itemStyle: { color: colour(chart.totals[at] ? "--c1" : step.to >= step.from ? "--c6" : "--c7") },
    }));
    const bar = { type: "bar", stack: "all", barMaxWidth: 60, emphasis: { disabled: true } };
    return [
      { ...bar, data: floor, itemStyle: { color: "transparent" }, silent: true },
      {
        ...bar,
        name: chart.series[0].name,
        data: height,
        label: { ...label, position: isSideways ? "right" : "top", formatter: (item) => texts[item.dataIndex] },
      },
    ];
  }

  const longest = (texts) => Math.max(...texts.map((one) => one.length)) * LETTER;

  // How many lines a text takes in so many pixels, words being kept whole.
  function linesOf(text, width) {
    let lines = 1,
      taken = 0;
    for (const word of text.split(" ")) {
      const more = (word.length + 1) * LETTER;
      if (taken && taken + more > width) {
        lines += 1;
        taken = 0;
      }
      taken += more;
    }
    return lines;
  }

  function draw(place, chart) {
    // On a phone the steps of a waterfall go down the page: side by side their names would overlap or be cut.
    const each = place.clientWidth / chart.categories.length;
    const words = chart.categories.flatMap((one) => one.split(" "));
    const isDown = chart.type === "waterfall" && each < Math.max(70, longest(words) + 12);
    const isSideways = chart.type === "bars" || chart.type === "pyramid" || isDown;
    const soft = colour("--soft"),
      hair = colour("--hair"),
      ink = colour("--ink");
    const widest = longest(chart.categories);
    const room = Math.min(260, Math.max(place.clientWidth * 0.42, longest(words) + 8));
    if (chart.type === "bars" || isDown) {
      const lines = Math.max(...chart.categories.map((one) => linesOf(one, room)));
      const height = Math.max(chart.series.length > 1 ? 40 : 30, lines * 14 + 6);
      place.style.height = `${chart.categories.length * height + 56}px`;
    } else place.style.height = "";
    const series = seriesOf(chart, isSideways);
    // Years of months are read by their Januaries.
    const januaries = chart.categories.filter((one) => /^janvier\s\d{4}/.test(one)).length;
    const isFew = (chart.type === "bar" || chart.type === "stacked") && chart.categories.length <= 8;
    const isTight = isFew && longest(words) > each - 16;
    const isByMonth = !isSideways && chart.categories.length > 12 && januaries > 1;
    const names = {
      type: "category",
      data: chart.categories,
      inverse: chart.type === "bars" || isDown,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: soft } },
      axisLabel: {
        color: ink,
        fontSize: 12,
        interval: isByMonth
          ? (at, text) => text.startsWith("janvier")
          : isSideways || chart.type === "waterfall" || isFew
            ? 0
            : "auto",
        width: isSideways && widest > room ? room : undefined,
        overflow: isSideways && widest > room ? "break" : undefined,
        lineHeight: isSideways ? 14 : undefined,
        hideOverlap: !isSideways && chart.type !== "waterfall" && !isFew,
        alignMinLabel: chart.type === "line" && chart.categories.length > 12 ? "left" : undefined,
        alignMaxLabel: chart.type === "line" && chart.categories.length > 12 ? "right" : undefined,
        ...((chart.type === "waterfall" && !isDown) || isFew
          ? isTight
            ? { rotate: 55 }
            : { width: each - 12, overflow: "break", lineHeight: 15 }
          : {}),
      },
    };
    const isLabelled = series.some((one) => one.label && one.label.show) && (chart.type === "bars" || isDown);
    const values = {
      type: "value",
      axisLabel: { show: !isLabelled, color: soft, fontSize: 12, formatter: tick(chart) },
      splitLine: { show: !isLabelled, lineStyle: { color: hair } },
      splitNumber: 4,
    };
    if (chart.type === "waterfall") {
      const gap = chart.high - chart.low;
      if (chart.low > 2 * gap) {
        values.min = Math.max(0, chart.low - gap * 0.6);
        values.axisLabel.show = false;
        values.splitLine.show = false;
      }
    }
    if (chart.is_of_whole || chart.is_share) {
      values.max = chart.is_share ? 1 : Math.max(1, ...chart.series.flatMap((one) => one.values));
      values.interval = 0.25;
    }
    if (chart.type === "pyramid") {
      // both sides on one scale, else the shorter would look as long as the other
      const longest = Math.max(...chart.series.flatMap((one) => one.values));
      const step = [1, 2, 5, 10].map((times) => times * 10 ** Math.floor(Math.log10(longest / 2 || 1)));
      values.interval = step.find((one) => one * 3 >= longest) || step[3];
      values.max = Math.ceil(longest / values.interval) * values.interval;
      values.min = -values.max;
    }
    if (chart.type === "line") values.scale = true;
    const hasLegend = chart.series.length > 1;
    // ECharts does not tell how many rows its legend takes: names go to the next one when they do not fit.
    const legendRoom = place.clientWidth - 48;
    let legendRows = hasLegend ? 1 : 0,
      taken = 0;
    for (const one of hasLegend ? chart.series : []) {
      const width = 48 + one.name.length * LETTER;
      if (taken && taken + width > place.clientWidth) {
        legendRows += 1;
        taken = 0;
      }
      legendRows += linesOf(one.name, legendRoom) - 1;
      taken += width;
    }
    if (legendRows > 3) place.style.height = `${place.clientHeight + 22 * (legendRows - 3)}px`;
    const drawing = echarts.init(place, null, { renderer: "svg" });
    drawing.setOption({
      animation: false,
      aria: { enabled: false },
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      grid: { left: 4, right: isLabelled ? 78 : 14, top: 22 + 23 * legendRows, bottom: 4, containLabel: true },
      legend: hasLegend
        ? {
            top: 0,
            left: 0,
            itemWidth: chart.type === "line" ? 24 : 12,
            itemHeight: 12,
            itemGap: 16,
            icon: chart.type === "line" ? undefined : "rect",
            textStyle: {
              color: ink,
              fontSize: 12.5,
              ...(longest(chart.series.map((one) => one.name)) > legendRoom
                ? { width: legendRoom, overflow: "break", lineHeight: 16 }
                : {}),
            },
            selectedMode: false,
          }
        : undefined,
      tooltip: {
        trigger: "axis",
        axisPointer: {
          type: chart.type === "line" ? "line" : "shadow",
          shadowStyle: { color: "rgba(127,127,127,.1)" },
        },
        formatter: tooltip(chart),
        confine: true,
        backgroundColor: colour("--sheet"),
        borderColor: colour("--rule"),
        textStyle: { color: ink, fontSize: 13 },
        extraCssText: "box-shadow:none;border-radius:4px",
      },
      xAxis: isSideways ? values : names,
      yAxis: isSideways ? names : values,
      series,
    });
    const [low, high] = drawing.getModel().getComponent(isSideways ? "xAxis" : "yAxis").axis.scale.getExtent();
    place.closest("figure").querySelector(".cut").hidden = low <= 0 || high <= 0;
    const svg = place.querySelector("svg");
    if (svg) svg.setAttribute("viewBox", `0 0 ${drawing.getWidth()} ${drawing.getHeight()}`); // so that print can shrink it
    return drawing;
  }

  function drawAll() {
    for (const place of document.querySelectorAll(".drawing")) {
      const chart = JSON.parse(place.nextElementSibling.textContent);
      const former = echarts.getInstanceByDom(place);
      if (former) former.dispose();
      draw(place, chart);
    }
  }

  // ---------------------------------------------------------------------------------------------------- CSV
  // A cell that a spreadsheet would take for a formula is made a text; numbers are ours and stay numbers.
  const guarded = (text) => (/^[=+\-@\t\r]/.test(text) ? "'" + text : text);
  const quoted = (text) => (/[";\r\n]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text);
  const plain = (text) =>
    text
      .replace(/[\u202f\u00a0]/g, "")
      .replace(MINUS, "-")
      .replace(/[€%]$/, "")
      .replace("\u2014", "");

  function save(name, rows) {
    const text = "\ufeff" + rows.map((row) => row.map(quoted).join(";")).join("\r\n") + "\r\n";
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
    link.download = `${name}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  function rowsOf(table) {
    return [...table.rows].map((row) =>
      [...row.cells]
        .filter((cell) => !cell.querySelector("button") && !cell.classList.contains("drill"))
        .filter((cell) => cell.textContent.trim() !== "Détail")
        .map((cell) =>
          cell.dataset.plain !== undefined
            ? cell.dataset.plain
            : guarded(cell.textContent.trim().replace(/^\u2014$/, "")),
        ),
    );
  }

  // ---------------------------------------------------------------------------------------------------- raw lines
  function lignes(name, rows) {
    if (waiting[name]) waiting[name](rows);
  }

  function showLines(button) {
    const section = button.closest(".listing"),
      place = section.querySelector(".drilled");
    const isOpen = button.getAttribute("aria-expanded") === "true";
    for (const other of section.querySelectorAll("button.lines")) other.setAttribute("aria-expanded", "false");
    place.replaceChildren();
    if (isOpen) return;
    button.setAttribute("aria-expanded", "true");
    const script = document.createElement("script");
    waiting[button.dataset.name] = (rows) => {
      delete waiting[button.dataset.name];
      fill(place, button, JSON.parse(button.dataset.columns), rows);
    };
    script.src = button.dataset.file;
    script.onload = () => script.remove();
    script.onerror = () => {
      place.textContent = "Une édition plus récente a été publiée : rechargez la page pour voir ces lignes.";
    };
    document.head.append(script);
  }

  function fill(place, button, columns, rows) {
    let page = 0,
      found = rows;
    const title = make("h3", button.dataset.title),
      count = make("span", ""),
      body = document.createElement("tbody");
    title.tabIndex = -1;
    const search = document.createElement("input"),
      csv = make("button", "Télécharger (CSV pour Excel)"),
      close = make("button", "Fermer");
    search.type = "search";
    search.placeholder = "Chercher dans les lignes";
    search.setAttribute("aria-label", "Chercher dans les lignes");
    const before = make("button", "‹ Précédentes"),
      after = make("button", "Suivantes ›"),
      where = make("span", "");
    const head = document.createElement("tr");
    for (const column of columns) {
      const cell = make("th", column.label);
      cell.scope = "col";
      if (column.number) cell.className = "number";
      head.append(cell);
    }
    function refresh() {
      const pages = Math.max(1, Math.ceil(found.length / PER_PAGE));
      page = Math.min(Math.max(page, 0), pages - 1);
      body.replaceChildren(
        ...found.slice(page * PER_PAGE, (page + 1) * PER_PAGE).map((row) => {
          const line = document.createElement("tr");
          row.forEach((text, at) => {
            const cell = make("td", text);
            if (columns[at].number) cell.className = "number";
            line.append(cell);
          });
          return line;
        }),
      );
      count.textContent = `${found.length.toLocaleString("fr-FR")} ligne${found.length > 1 ? "s" : ""}`;
      where.textContent = `page ${page + 1} sur ${pages}`;
      before.disabled = page === 0;
      after.disabled = page === pages - 1;
    }
    search.oninput = () => {
      const words = fold(search.value).split(/\s+/).filter(Boolean);
      found = rows.filter((row) => {
        const text = fold(row.join(" "));
        return words.every((word) => text.includes(word));
      });
      page = 0;
      refresh();
    };
    before.onclick = () => {
      page -= 1;
      refresh();
    };
    after.onclick = () => {
      page += 1;
      refresh();
    };
    close.onclick = () => {
      place.replaceChildren();
      button.setAttribute("aria-expanded", "false");
      button.focus();
    };
    csv.onclick = () =>
      save(button.dataset.name, [
        columns.map((column) => column.label),
        ...found.map((row) => row.map((text, at) => (columns[at].number ? plain(text) : guarded(text)))),
      ]);
    const table = document.createElement("table"),
      top = document.createElement("thead"),
      scroll = box("scroll", table);
    scroll.tabIndex = 0;
    top.append(head);
    table.append(top, body);
    place.replaceChildren(title, box("tools", search, count, csv, close), scroll, box("turn", before, where, after));
    refresh();
    title.focus({ preventScroll: true });
    place.scrollIntoView({ block: "nearest" });
  }

  const fold = (text) =>
    text
      .toLowerCase()
      .normalize("NFD")
      .replace(/[\u0300-\u036f\u202f\u00a0]/g, "");
  function make(tag, text) {
    const one = document.createElement(tag);
    one.textContent = text;
    if (tag === "button") one.type = "button";
    return one;
  }
  function box(name, ...children) {
    const one = document.createElement("div");
    one.className = name;
    one.append(...children);
    return one;
  }

  // ---------------------------------------------------------------------------------------------------- page
  function foldLongTables() {
    for (const body of document.querySelectorAll(".listing tbody")) {
      const rows = [...body.rows];
      if (rows.length <= LONG_TABLE) continue;
      const all = make("button", `Afficher les ${rows.length.toLocaleString("fr-FR")} lignes`);
      const told = make("p", `Les ${FIRST_ROWS} premières lignes sur ${rows.length} ; toutes sont sur la page.`);
      all.className = "unfold";
      told.className = "note left-out";
      for (const row of rows.slice(FIRST_ROWS)) row.hidden = true;
      all.onclick = () => {
        for (const row of rows) row.hidden = false;
        all.remove();
        told.remove();
        rows[FIRST_ROWS].querySelector("th").tabIndex = -1;
        rows[FIRST_ROWS].querySelector("th").focus({ preventScroll: true });
      };
      body.closest(".scroll").after(all, told);
    }
  }

  function start() {
    drawAll();
    foldLongTables();
    let timer;
    window.addEventListener("resize", () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        if (!matchMedia("print").matches) drawAll();
      }, 150);
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
    for (const button of document.querySelectorAll("button.lines")) {
      button.hidden = false;
      button.setAttribute("aria-expanded", "false");
      button.onclick = () => showLines(button);
    }
    for (const button of document.querySelectorAll("button.csv[data-name]")) {
      button.hidden = false;
      button.onclick = () =>
        save(button.dataset.name, rowsOf(button.closest("figure, section").querySelector("table")));
    }
    const sources = document.querySelector(".sources");
    if (sources) {
      // on paper nobody can unfold them
      window.addEventListener("beforeprint", () => {
        sources.open = true;
      });
      window.addEventListener("afterprint", () => {
        sources.open = false;
      });
    }
    const today = new Date().toISOString().slice(0, 10);
    for (const deadline of document.querySelectorAll("td time")) {
      if (deadline.dateTime < today) {
        deadline.parentElement.classList.add("over");
        deadline.after(" · en retard");
      }
    }
    if (matchMedia("(max-width: 60rem)").matches) document.querySelector(".menu").open = false;
    const filter = document.querySelector(".filter");
    if (filter) {
      filter.hidden = false;
      filter.querySelector("input").oninput = (event) => {
        const words = fold(event.target.value).split(/\s+/).filter(Boolean);
        for (const section of document.querySelectorAll(".choices section")) {
          let left = 0;
          for (const item of section.querySelectorAll("li")) {
            item.hidden = !words.every((word) =>
              fold(section.querySelector("h2").textContent + item.textContent).includes(word),
            );
            left += item.hidden ? 0 : 1;
          }
          section.hidden = left === 0;
        }
      };
    }
  }

  window.beffroi = { lignes };
  document.addEventListener("DOMContentLoaded", start);
})();
