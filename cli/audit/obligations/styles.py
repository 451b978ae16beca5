"""The page's one style sheet: light, for screens from a phone's width on and for paper, in words and colours alone.

Promise: nothing is loaded from anywhere: system fonts, no images; both languages are in the page, and the checked one
is shown, without a script.
Rules: text has a contrast of at least 4.5 to 1; colours are told apart by every kind of colour vision, and none says
anything alone.
Elsewhere: the page, `cli.audit.obligations.pages`.
"""

from typing import Final

STYLE: Final = """
:root{color-scheme:light;--ink:#1b2733;--soft:#51606f;--line:#d5dce3;--ground:#fff;--tint:#f4f6f8;--blue:#0b5394}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.55 system-ui,"Segoe UI",Roboto,"Noto Sans",
"Liberation Sans","DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums}
article,.switch{max-width:62rem;margin:0 auto;padding:0 1.25rem}
h1{font-size:clamp(1.7rem,5vw,2.5rem);line-height:1.15;margin:.2rem 0 .5rem;letter-spacing:-.01em}
h2{font-size:1.3rem;line-height:1.3;margin:0 0 .4rem}
p{margin:.3rem 0 .9rem;max-width:46rem}
section{margin:2.6rem 0 0;padding:1.6rem 0 0;border-top:1px solid var(--line)}
header p,section>p{color:var(--soft)}
.kicker{margin:1.4rem 0 0;color:var(--blue);font-weight:600}
.lead{font-size:1.1rem}
.facts{margin:1rem 0 0;padding:0;list-style:none}
.facts li{margin:.25rem 0}
.standing{display:inline-block;padding:.45rem .8rem;border-left:.3rem solid;font-weight:600;background:var(--tint)}
.standing.verified{border-color:#0b6e4f;color:#0b5a41}
.standing.unanchored{border-color:#8a5a00;color:#6b4600}
.standing.unreliable,.findings{border-color:#b00020;color:#8f001a;background:#fdecee}
.findings{border:2px solid #b00020;padding:1rem 1.25rem;margin:1.4rem 0 0}
.findings ul{margin:.5rem 0 0;padding-left:1.2rem}
.findings li{margin:.3rem 0;overflow-wrap:anywhere}
.findings h2,.findings p{color:#8f001a}
.demo-banner{background:#1b2733;color:#fff;padding:.6rem 1.25rem;text-align:center;font-weight:600}
.demo::before{content:"DEMO";position:fixed;inset:0;z-index:9;display:grid;place-items:center;pointer-events:none;
font:800 28vw/1 system-ui,sans-serif;letter-spacing:.05em;color:rgba(27,39,51,.055);transform:rotate(-28deg)}
.choice{position:absolute;opacity:0;pointer-events:none}
.switch{display:flex;gap:.25rem;justify-content:flex-end;align-items:center;padding-top:.8rem;color:var(--soft)}
.switch label{padding:.35rem .8rem;border:1px solid var(--line);border-radius:.25rem;cursor:pointer;color:var(--ink)}
#show-id:checked~.switch [for=show-id],#show-en:checked~.switch [for=show-en]{background:var(--ink);color:#fff;
border-color:var(--ink)}
#show-id:focus-visible~.switch [for=show-id],#show-en:focus-visible~.switch [for=show-en]{outline:3px solid #56b4e9;
outline-offset:2px}
#show-id:checked~article[lang=en],#show-en:checked~article[lang=id]{display:none}
.cards{display:grid;grid-template-columns:repeat(4,1fr);gap:1rem;margin:1rem 0 0;padding:0;
list-style:none}
.cards li{background:var(--tint);padding:1rem 1.1rem;border-top:.25rem solid var(--ink)}
.cards b{display:block;font-size:2.1rem;line-height:1.15;letter-spacing:-.02em}
.cards span{display:block;font-weight:600}
.cards small{display:block;color:var(--soft);font-size:.875rem;line-height:1.4;margin-top:.35rem}
.cards .good{border-color:#2166ac}.cards .bad{border-color:#b35806}
.cards abbr{text-decoration:none}.cards small span,.cards small abbr{display:inline;font-weight:inherit}
.wide{overflow-x:auto;margin:.8rem 0 0}
.wide:focus-visible,summary:focus-visible{outline:3px solid #56b4e9;outline-offset:2px}
table{border-collapse:collapse;font-size:.9375rem}
th{text-align:left;font-weight:600}
thead th{vertical-align:bottom;border-bottom:2px solid var(--ink)}
.numbers th,.numbers td{padding:.3rem .7rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:top}
.numbers td{text-align:right}.numbers tbody th[scope=row]{font-weight:400}
.numbers thead th:nth-child(n+3),.outcomes thead th:nth-child(2){text-align:right}
.matrix{font-size:.8125rem}.matrix th,.matrix td{text-align:right;padding-right:.45rem}
.matrix thead th{width:5.2rem;line-height:1.25}
.matrix th:first-child{text-align:left;min-width:8rem}
.numbers .sum>*{border-top:2px solid var(--ink);font-weight:600}
.zero{color:var(--soft)}
abbr.held{text-decoration:none;color:var(--soft);cursor:help}
.heat{width:100%;border-spacing:3px;border-collapse:separate}
.heat thead th{font-size:.8125rem;line-height:1.3;font-weight:600;border:0;padding:.2rem .4rem;min-width:6.6rem;
max-width:16rem}
.heat tbody th{font-weight:600;padding:.2rem .6rem .2rem 0}
.heat td{text-align:center;padding:.4rem .3rem;line-height:1.25;width:24%}
.heat td b{display:block;font-size:1rem}
.heat td small{font-size:.8125rem}.heat td abbr{color:inherit}
.heat .sum>*{border-top:3px solid var(--ink)}
.h0{background:#a84e00;color:#fff}.h1{background:#f6b25e}.h2{background:#fde3bf}.h3{background:#cfe3f1}
.h4{background:#7fb6d9}
.held:where(td,i){background:repeating-linear-gradient(45deg,#fff 0 5px,#e3e8ed 5px 7px);outline:1px solid var(--line);
outline-offset:-1px}
.heat .empty{color:var(--soft);background:var(--tint)}
.scale{display:flex;flex-wrap:wrap;gap:.3rem 1.1rem;margin:.7rem 0 0;padding:0;list-style:none;font-size:.875rem}
.scale i{display:inline-block;width:1.4rem;height:.9rem;margin-right:.4rem;vertical-align:-.08rem}
details{margin:1rem 0 0}
summary{cursor:pointer;color:var(--blue);font-weight:600;width:fit-content}
svg{display:block;font:13px system-ui,"Segoe UI",Roboto,"Noto Sans","Liberation Sans","DejaVu Sans",sans-serif}
svg text{fill:var(--ink)}
.time .bar{fill:#b35806}.time .base{stroke:var(--ink)}.time .year{font-weight:600}
.time .untold{fill:#fff;stroke:#b35806;stroke-width:1.5;stroke-dasharray:4 3}
.flow{width:100%;max-width:44rem;height:auto}
.flow .node{fill:var(--ink)}.flow .sum{fill:var(--soft);font-size:12px}
.band{fill:none;opacity:.5}.band:hover{opacity:.95}
.f0{stroke:#0072b2}.f1{stroke:#e69f00}.f2{stroke:#009e73}.f3{stroke:#cc79a7}.f4{stroke:#56b4e9}
.band.untold{stroke-dasharray:6 5;opacity:.9}
dl{margin:1rem 0 0;display:grid;grid-template-columns:minmax(9rem,auto) 1fr;gap:.5rem 1.4rem}
dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere}
.apart dt b{font-size:1.5rem;display:block;line-height:1.2}
.apart dt b *{color:inherit}
.proposed{font-weight:700;color:#8f4400}
.terms td,.numbers.terms thead th{text-align:left}.clauses{font-size:.875rem;gap:.2rem 1.4rem}
.numbers.outages th,.numbers.outages td{text-align:right}
.notice{border-left:.3rem solid #b35806;padding:.5rem .9rem;background:var(--tint);color:var(--ink)!important}
code{font:.875rem/1.5 ui-monospace,"DejaVu Sans Mono","Liberation Mono",monospace;overflow-wrap:anywhere}
pre{margin:.4rem 0 1rem;padding:.7rem .9rem;background:var(--tint);white-space:pre-wrap}
footer{margin:3rem 0 2rem;color:var(--soft)}
@media (max-width:56rem){.cards{grid-template-columns:1fr 1fr}}
@media (max-width:40rem){body{font-size:15px}section{margin-top:2rem;padding-top:1.2rem}
.heat{font-size:.8125rem;border-spacing:2px}.heat thead th{min-width:4.6rem;font-size:.65rem;padding:.1rem 0;
hyphens:auto}.heat tbody th{padding-right:.2rem}.heat td{padding:.35rem .1rem}
.heat td b{font-size:.875rem}.heat td small{font-size:.6875rem}
.cards{gap:.6rem}.cards b{font-size:1.6rem}.cards li{padding:.7rem .8rem}
dl{grid-template-columns:1fr;gap:.1rem}dd{margin-bottom:.7rem}
.terms,.outages{min-width:36rem}.flow{font-size:14.5px}.flow .sum{font-size:13px}}
@media print{@page{margin:15mm}body{font-size:10.5pt}.switch{display:none}summary{list-style:none;color:inherit}
.cards{grid-template-columns:repeat(4,1fr)}section>p{break-after:avoid}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
section{margin-top:1.4rem;padding-top:1rem}article{max-width:none;padding:0}
h2{break-after:avoid}.flow{max-width:15cm}.heat,p,svg,tr,.cards li,.findings li,dl>*{break-inside:avoid}
.time{max-width:100%;height:auto}
.wide{overflow:visible}details::details-content{content-visibility:visible;display:block}.demo::before{font-size:28vw}
.matrix{font-size:6.5pt}.matrix thead th{width:auto}}
"""
