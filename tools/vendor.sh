#!/bin/sh
# Rebuilds the scripts the book carries (Observable Plot, MathJax) from pinned npm packages.
# Needs Node's npm. Their outputs are committed, so neither make book nor make test runs this.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$root"/tools/vendor/* "$work"
cd "$work"
npm ci --no-audit --no-fund --ignore-scripts

# One classic script, because a page opened from file:// may not load a module.
plot=$root/lib/figures/vendor
mkdir -p "$plot"
npx esbuild plot.mjs --bundle --minify --format=iife --target=es2020 --charset=utf8 \
  --legal-comments=none --metafile=meta.json --outfile="$plot/plot.js" \
  --banner:js="/* Observable Plot and the parts of d3 it uses: see LICENSES.txt. Built by tools/vendor.sh. */"
node licenses.mjs meta.json >"$plot/LICENSES.txt"

# Of MathJax: TeX in, CommonHTML out, the TeX extensions it loads on demand, and its fonts.
mathjax=$root/assets/vendor/mathjax
rm -rf "$mathjax"
mkdir -p "$mathjax/output/chtml/fonts" "$mathjax/input/tex"
cp node_modules/mathjax/LICENSE node_modules/mathjax/es5/tex-mml-chtml.js "$mathjax"
cp -R node_modules/mathjax/es5/output/chtml/fonts/woff-v2 "$mathjax/output/chtml/fonts"
cp -R node_modules/mathjax/es5/input/tex/extensions "$mathjax/input/tex"
ls -l "$plot" "$mathjax"
