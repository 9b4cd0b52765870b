"use strict";
(() => {
  const COLOURS = {paid: "#5b8fc7", drawn: "#5aa469", overlap: "#d9822b", gap: "#c5ced8", after: "#b42318"};
  const MARKS = {paid: "rect", drawn: "roundRect", overlap: "diamond", gap: "emptyRect", after: "triangle"};
  const ARRIVALS_MAX = 60;
  const font = {fontFamily: "Microsoft YaHei, Noto Sans CJK SC, sans-serif", color: "#52606d", fontSize: 12};

  function trend(data) {
    return {
      animation: false, textStyle: font, aria: {enabled: true},
      grid: {left: 40, right: 12, top: 28, bottom: 24},
      legend: {top: 0, right: 0, itemHeight: 8, textStyle: font},
      tooltip: {trigger: "axis", renderMode: "richText"},
      xAxis: {type: "category", data: data.days, axisLabel: {formatter: day => day.slice(5)}},
      yAxis: {type: "value", minInterval: 1, splitLine: {lineStyle: {color: "#e4e9f0"}}},
      series: data.series.map((one, index) => ({
        name: one.name, type: index ? "line" : "bar", data: one.values, symbol: "none", barMaxWidth: 10,
        itemStyle: {color: index ? "#5aa469" : "#5b8fc7"}, lineStyle: {width: 2},
      })),
    };
  }

  function ledger(data) {
    const months = data.months.map(month => `${Math.floor(month / 100)}-${String(month % 100).padStart(2, "0")}`);
    return {
      animation: false, textStyle: font,
      grid: {left: 96, right: 10, top: 30, bottom: 24},
      legend: {top: 0, left: 0, itemHeight: 10, itemWidth: 10, itemGap: 12, textStyle: font},
      tooltip: {renderMode: "richText", formatter: at => `${months[at.value[0]]} ${data.schemes[at.value[1]]} ${at.seriesName}`},
      xAxis: {type: "category", data: months, splitArea: {show: true}, axisTick: {show: false}},
      yAxis: {type: "category", data: data.schemes, inverse: true, axisTick: {show: false}, splitLine: {show: true}},
      series: Object.entries(data.kinds).map(([kind, name]) => ({
        name, type: "scatter", symbol: MARKS[kind], symbolSize: 9, itemStyle: {color: COLOURS[kind], borderColor: COLOURS[kind]},
        data: data.cells.filter(cell => cell[2] === kind).map(cell => [cell[0], cell[1]]),
      })).filter(series => series.data.length),
    };
  }

  const DRAW = {trend, ledger};

  function charts() {
    for (const place of document.querySelectorAll("[data-chart]")) {
      const data = JSON.parse(place.dataset.chart);
      if (data.schemes) place.classList.add(`rows-${Math.min(data.schemes.length, 6)}`);
      const chart = echarts.init(place);
      chart.setOption(DRAW[data.kind](data));
      addEventListener("resize", () => chart.resize());
      addEventListener("beforeprint", () => chart.resize());
      place.dataset.drawn = "1";
    }
  }

  function live() {
    const pulse = document.getElementById("pulse");
    const arrivals = document.getElementById("arrivals");
    const say = (text, down) => { if (pulse) { pulse.textContent = text; pulse.classList.toggle("down", down); } };
    document.body.addEventListener("htmx:sseOpen", () => say("实时更新中", false));
    document.body.addEventListener("htmx:sseError", () => say("连接中断，正在重连", true));
    document.body.addEventListener("htmx:sseMessage", event => { if (event.detail.type === "ended") location.assign("/signin?ended=true"); });
    if (arrivals) {
      new MutationObserver(() => { while (arrivals.rows.length > ARRIVALS_MAX) arrivals.deleteRow(-1); }).observe(arrivals, {childList: true});
    }
  }

  function keyboard() {
    const rows = [...document.querySelectorAll("#list tbody tr")];
    let at = -1;
    const follow = id => { const link = document.getElementById(id); if (link) link.click(); };
    const move = step => {
      if (!rows.length) return;
      if (rows[at]) rows[at].classList.remove("current");
      at = Math.min(Math.max(at + step, 0), rows.length - 1);
      rows[at].classList.add("current");
      rows[at].querySelector("a.open").focus({preventScroll: true});
      rows[at].scrollIntoView({block: "nearest"});
    };
    const keys = {
      j: () => move(1), ArrowDown: () => move(1), k: () => move(-1), ArrowUp: () => move(-1),
      n: () => follow("next"), g: () => follow("first"), x: () => follow("xlsx"), b: () => follow("back"),
      "/": () => { const first = document.querySelector("#filters select"); if (first) first.focus(); },
      d: () => { const first = document.querySelector(".decide select"); if (first) first.focus(); },
    };
    document.addEventListener("keydown", event => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
      const act = keys[event.key];
      if (!act || (event.key.startsWith("Arrow") && !rows.length)) return;
      event.preventDefault();
      act();
    });
  }

  function forms() {
    for (const form of document.querySelectorAll("form.decide")) {
      const choice = form.elements.choice;
      const show = () => {
        const option = choice.selectedOptions[0];
        for (const part of form.querySelectorAll("[data-for]")) part.hidden = !option || !(part.dataset.for in option.dataset);
      };
      choice.addEventListener("change", show);
      form.addEventListener("submit", () => { form.querySelector("button").disabled = true; });
      show();
    }
  }

  document.addEventListener("DOMContentLoaded", () => { charts(); live(); keyboard(); forms(); });
})();
