// Search in the page itself. The generator's own search runs in a worker that fetches its index, and neither is
// allowed to a page that was opened from the disk; scripts are.
(function () {
  "use strict";

  var SUMMARY_LENGTH = 200;

  function loadScript(path, then) {
    var script = document.createElement("script");
    script.src = base_url + "/search/" + path;
    script.onload = then;
    document.head.appendChild(script);
  }

  function buildIndex(documents) {
    return lunr(function () {
      this.ref("location");
      this.field("title", { boost: 10 });
      this.field("text");
      this.tokenizer.separator = /[\s\-]+/;
      documents.forEach(function (document) { this.add(document); }, this);
    });
  }

  // Words as typed, each also as the beginning of a longer one; an operator of the query language is read as text.
  function find(index, words) {
    return index.query(function (query) {
      lunr.tokenizer(words).forEach(function (token) {
        var word = token.toString();
        query.term(index.pipeline.runString(word), { boost: 10 });
        query.term(word, { wildcard: lunr.Query.wildcard.TRAILING });
      });
    });
  }

  function show(container, documents) {
    container.textContent = "";
    if (!documents.length) {
      var nothing = document.createElement("p");
      nothing.textContent = "Nothing found";
      container.appendChild(nothing);
    }
    documents.forEach(function (found) {
      var article = document.createElement("article");
      var link = document.createElement("a");
      link.href = base_url + "/" + found.location;
      link.textContent = found.title;
      var heading = document.createElement("h3");
      heading.appendChild(link);
      var summary = document.createElement("p");
      summary.textContent = found.text.substring(0, SUMMARY_LENGTH);
      article.append(heading, summary);
      container.appendChild(article);
    });
  }

  var input = document.getElementById("mkdocs-search-query");
  var container = document.getElementById("mkdocs-search-results");
  if (!input || !container) {
    return;
  }
  loadScript("lunr.js", function () {
    loadScript("search_index.js", function () {
      var documents = {};
      window.searchIndex.docs.forEach(function (document) { documents[document.location] = document; });
      var index = buildIndex(window.searchIndex.docs);
      function search() {
        var words = input.value.trim();
        show(container, words ? find(index, words).map(function (hit) { return documents[hit.ref]; }) : []);
      }
      input.addEventListener("input", search);
      input.value = new URLSearchParams(window.location.search).get("q") || "";
      search();
    });
  });
})();
