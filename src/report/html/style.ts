import { type Markup, raw } from './markup.ts';

/** The page's own style; every pair of colours is above 4.5 : 1 in light and in dark. */
export function pageStyle(): Markup {
  return raw(`
:root{color-scheme:light dark;--text:light-dark(#1c1f23,#e6e8eb);--quiet:light-dark(#565d66,#a3abb5);--page:light-dark(#fff,#14171a);--card:light-dark(#f5f6f8,#1d2125);--edge:light-dark(#d5d9de,#363c43);--good:light-dark(#0a6b3d,#63d69c);--bad:light-dark(#b3161c,#ff8f87);--warn:light-dark(#8a5300,#f5c06a);--focus:light-dark(#0b62c4,#79b8ff)}
*{box-sizing:border-box}
body{margin:0;font:16px/1.5 system-ui,sans-serif;color:var(--text);background:var(--page);overflow-wrap:anywhere}
main{max-width:1200px;margin:0 auto;padding:16px}
h1{font-size:1.6rem;margin:.2em 0}h2{font-size:1.25rem;margin:1.6em 0 .4em}h3{font-size:1rem;margin:0 0 .4em}
p{margin:.4em 0;max-width:75ch}p.key-line,p.meta{max-width:none}
code,pre{font:.9em ui-monospace,Menlo,Consolas,monospace}
pre{padding:8px;overflow-x:auto;background:var(--page);border:1px solid var(--edge);border-radius:6px;overflow-wrap:normal}
a,summary{color:inherit}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px}
.skip{position:absolute;left:-9999px}.skip:focus{position:static;display:inline-block;padding:8px}
.meta{color:var(--quiet)}
.verdict{display:inline-block;padding:2px 12px;border-radius:1.2em;border:2px solid;font-weight:600}
@media (max-width:600px){.verdict{font-size:1.1rem}}
.lead{font-size:1.1rem}
.verdict.good{color:var(--good)}.verdict.doubtful{color:var(--warn)}.verdict.bad{color:var(--bad)}
.notice{padding:8px 12px;border-left:4px solid var(--warn);background:var(--card)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:16px 0;padding:0;list-style:none}
.tiles li{padding:12px;background:var(--card);border:1px solid var(--edge);border-radius:8px}
.tiles b{display:block;font-size:1.4rem}
.tiles span{color:var(--quiet)}
.scroll{overflow-x:auto;margin:8px 0;border:1px solid var(--edge);border-radius:8px}
table{border-collapse:collapse;width:100%;font-size:.9rem}
caption{text-align:left;padding:8px 10px;color:var(--quiet);font-size:.85rem}
th,td{overflow-wrap:normal;padding:6px 10px;text-align:left;border-top:1px solid var(--edge);white-space:nowrap;vertical-align:top}
thead th{color:var(--quiet);font-weight:500}
tbody th{font-weight:500;position:sticky;left:0;background:var(--page);background-clip:padding-box}
.number{text-align:right;font-variant-numeric:tabular-nums}
tr.good td:nth-child(2){color:var(--good)}
tr.doubtful td:nth-child(2){color:var(--warn);font-weight:600}
tr.bad td:nth-child(2){color:var(--bad);font-weight:600}
tr.quiet td{color:var(--quiet)}
.heat-map td{min-width:112px;border-left:1px solid var(--edge)}
.heat small{display:block;white-space:normal}
.heat.full{background:light-dark(#c9efd9,#12482d);color:light-dark(#063d22,#c5f5da)}
.heat.most{background:light-dark(#e4f2c4,#3c4a14);color:light-dark(#2f3d05,#e6f2bf)}
.heat.some{background:light-dark(#fbeabb,#554109);color:light-dark(#4a3600,#fae7b0)}
.heat.few{background:light-dark(#fbd9bf,#5c3312);color:light-dark(#552600,#fbd9bf)}
.heat.none{background:light-dark(#f7cccc,#5e1f22);color:light-dark(#5c0d10,#fbd3d3)}
.absent{color:var(--quiet)}
.absent small{display:block;white-space:normal}
.key-line{display:flex;flex-wrap:wrap;gap:6px 14px;align-items:center;color:var(--quiet);font-size:.85rem}
.key-line .heat{padding:1px 8px;border-radius:4px}
.swatch{display:inline-block;width:14px;height:14px;border-radius:3px;margin-right:-8px}
.key-item{display:inline-flex;gap:14px;align-items:center}
.bar{display:flex;width:160px;height:14px;margin-top:4px;border-radius:3px;overflow:hidden}
.delivered{background:light-dark(#16935a,#3fbf85)}.late{background:light-dark(#d6a100,#e8c14a)}
.failed{background:light-dark(#c2272d,#ff7b72)}.hung{background:light-dark(#7a3fb5,#b98cf5)}.lost{background:light-dark(#4a5058,#9aa3ad)}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:16px}
.chart{margin:0;padding:10px;background:var(--card);border:1px solid var(--edge);border-radius:8px}
.chart .wide{overflow-x:auto}.chart .wide svg{min-width:640px}
.chart figcaption{font-weight:500}
.chart svg{display:block;width:100%;height:auto;font:12px system-ui,sans-serif;fill:var(--quiet)}
.chart .lane{display:grid;grid-template-columns:20em 1fr;gap:0 10px;align-items:center}.lane span{font-size:.8rem;color:var(--quiet);overflow:hidden;text-overflow:ellipsis;white-space:nowrap}.chart .lane svg{height:20px}
@media (max-width:600px){.chart .lane{grid-template-columns:1fr}}
.grid{stroke:var(--edge);stroke-width:1}
.line{fill:none;stroke-width:2}
.toggles{display:flex;flex-wrap:wrap;gap:4px 18px;border:1px solid var(--edge);border-radius:8px;padding:6px 12px;margin:12px 0}
.toggles label{display:inline-flex;gap:6px;align-items:center;min-height:32px}
.key{width:28px;height:8px}
.stack{padding-left:1.6em}
details{margin:8px 0}summary{cursor:pointer;padding:6px 0}
.finding{padding:12px 16px;margin:12px 0;background:var(--card);border:1px solid var(--edge);border-left:4px solid var(--quiet);border-radius:8px}
.finding.error{border-left-color:var(--bad)}.finding.warning{border-left-color:var(--warn)}
.badge{font-size:.8rem;text-transform:uppercase;letter-spacing:.04em}
.error .badge{color:var(--bad)}.warning .badge{color:var(--warn)}
.prose td{white-space:normal}.prose td:nth-child(n+3){min-width:22ch}.prose tbody th{white-space:normal;min-width:10ch;width:14rem}.prose td:nth-child(2){white-space:nowrap;width:9rem}
.running{fill:light-dark(#16935a,#3fbf85);background:light-dark(#16935a,#3fbf85)}.parked{fill:light-dark(#7a3fb5,#b98cf5);background:light-dark(#7a3fb5,#b98cf5)}
.blocked{fill:light-dark(#c2272d,#ff7b72);background:light-dark(#c2272d,#ff7b72)}.pending{fill:light-dark(#7d8894,#a3abb5);background:light-dark(#7d8894,#a3abb5)}.pending.bad{fill:light-dark(#d6a100,#e8c14a);background:light-dark(#d6a100,#e8c14a)}
.fix span{white-space:pre-wrap}.option{white-space:nowrap}
@media (min-width:700px){.story li{grid-template-columns:5.5em 1.2em 1fr}}
.story{padding:10px 16px;margin:12px 0;background:var(--card);border:1px solid var(--edge);border-radius:8px}
.story ol{margin:0;padding:0;list-style:none}
.story li{display:grid;grid-template-columns:4.5em 1.2em 1fr;gap:0 8px;padding:2px 0}
.story time{text-align:right;color:var(--quiet);font-variant-numeric:tabular-nums}
.story q{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:.9em}
.story .good [aria-hidden]{color:var(--good)}.story .bad [aria-hidden],.story .bad span:last-child{color:var(--bad)}
@media (max-width:600px){.prose thead{display:none}.prose table,.prose caption,.prose tbody,.prose tr,.prose tbody th,.prose td{display:block;width:auto}.prose tr{padding:6px 0;border-top:1px solid var(--edge)}.prose tbody th,.prose td{padding:1px 10px;border:0;position:static}.prose td:empty{display:none}}
@media (max-width:600px){.stacked thead{display:none}.stacked table,.stacked caption,.stacked tbody,.stacked tr,.stacked tbody th,.stacked td{display:block;width:auto;text-align:left;white-space:normal}.stacked tr{padding:6px 0;border-top:1px solid var(--edge)}.stacked tbody th,.stacked td{padding:1px 10px;border:0;position:static;overflow-wrap:anywhere}.stacked td::before{content:attr(data-title) ": ";color:var(--quiet);font-weight:400}.stacked td:empty,.prose td::before{display:none}}
@media (max-width:600px){.heat-map{table-layout:fixed;font-size:.69rem;line-height:1.3}.heat-map caption{font-size:.85rem}.heat-map th,.heat-map td{white-space:normal;min-width:0;padding:5px 2px}.heat-map thead th{font-size:.64rem}.heat-map thead th:first-child{width:19%}.heat small{font-size:.57rem;letter-spacing:-.01em;overflow-wrap:break-word}}
@media print{.scroll{overflow:visible}details>*{display:block}}
`);
}
