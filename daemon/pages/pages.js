// What the pages do by themselves: they stay fresh, tell times as they pass, and can be walked by key. Nothing
// here makes markup from text, and the pages say all without it.
(function () {
  "use strict";
  var unit = [[86400, "day", "days"], [3600, "h", "h"], [60, "min", "min"], [1, "s", "s"]];

  function ago(at) {
    var seconds = Math.round((Date.now() - at) / 1000), past = seconds >= 0;
    seconds = Math.abs(seconds);
    if (seconds < 1) return "now";
    for (var i = 0; i < unit.length; ++i) {
      var limit = unit[i][0] * (i === 3 ? 1 : 2);
      if (seconds >= limit) {
        var count = Math.floor(seconds / unit[i][0]);
        var words = count + " " + unit[i][count === 1 ? 1 : 2];
        return past ? words + " ago" : "in " + words;
      }
    }
  }

  function tick() {
    document.querySelectorAll(".ago[data-at]").forEach(function (span) {
      span.textContent = ago(Number(span.dataset.at));
    });
  }

  // Not while somebody reads a part that he opened, writes, or has marked a text; and not what is read from logs.
  function isBusy() {
    var focus = document.activeElement;
    return document.hidden || (focus && /^(INPUT|TEXTAREA|SELECT|BUTTON|SUMMARY)$/.test(focus.tagName)) ||
        !document.getSelection().isCollapsed || document.querySelector("main details[open], main .still");
  }

  function refresh() {
    if (isBusy()) return;
    var request = new XMLHttpRequest();
    request.open("GET", location.href);
    request.responseType = "document";
    request.onload = function () {
      var fresh = request.status === 200 && request.responseXML && request.responseXML.querySelector("main");
      var old = document.querySelector("main");
      if (!fresh || isBusy()) return;
      var focus = document.activeElement && document.activeElement.getAttribute("href");
      old.replaceWith(document.importNode(fresh, true));
      document.title = request.responseXML.title;
      tick();
      if (focus) {
        document.querySelectorAll("main a").forEach(function (link) {
          if (link.getAttribute("href") === focus) link.focus({preventScroll: true});
        });
      }
    };
    request.send();
  }

  function step(by) {
    var links = Array.from(document.querySelectorAll("main .what a, main td a"));
    if (!links.length) return;
    var at = links.indexOf(document.activeElement);
    links[Math.min(Math.max(at + by, 0), links.length - 1)].focus();
  }

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.altKey || event.metaKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
    if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "/") {
      var search = document.querySelector("input[type=search]");
      if (!search) return;
      search.focus();
      event.preventDefault();
    }
  });

  // A click on a command selects it whole; where the browser allows, it is copied.
  document.addEventListener("click", function (event) {
    var code = event.target.closest && event.target.closest("code.command");
    if (!code || !document.getSelection().isCollapsed) return;
    document.getSelection().selectAllChildren(code);
    if (navigator.clipboard) navigator.clipboard.writeText(code.textContent).then(function () {
      code.classList.add("copied");
      setTimeout(function () { code.classList.remove("copied"); }, 1500);
    }, function () {});
  });

  tick();
  setInterval(tick, 10000);
  setInterval(refresh, 10000);
})();
