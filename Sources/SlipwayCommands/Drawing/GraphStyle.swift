/// How pictures look. Colours stand in classes, not in variables of CSS, which programs other than
/// browsers do not know; those that know no media queries show the light ones.
enum GraphStyle {
    static let text = light + "\n@media (prefers-color-scheme: dark) {\n" + dark + "\n}"

    /// The heads of lines.
    static let heads = """
        <defs>
        <marker id="slipway-order" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" \
        markerHeight="7" orient="auto"><path class="order-head" d="M0 0L8 4L0 8Z"/></marker>
        <marker id="slipway-data" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" \
        markerHeight="7" orient="auto"><path class="data-head" d="M0 0L8 4L0 8Z"/></marker>
        </defs>
        """

    private static let light = """
        .slipway { color-scheme: light dark; }
        .slipway text { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; \
        font-size: 11px; fill: #59636e; }
        .slipway .name { font-size: 18px; font-weight: bold; fill: #1f2328; }
        .slipway .stage-name, .slipway .job-name { font-size: 13px; font-weight: bold; \
        fill: #1f2328; }
        .slipway .badge { font-size: 13px; text-anchor: end; }
        .slipway .label { font-size: 11px; fill: #0550ae; stroke: #f6f8fa; stroke-width: 3px; \
        paint-order: stroke; }
        .slipway .end { text-anchor: end; }
        .slipway .paper { fill: #ffffff; }
        .slipway .stage { fill: #f6f8fa; stroke: #d1d9e0; }
        .slipway .box { fill: #ffffff; stroke: #b7c0c9; stroke-width: 1.2; }
        .slipway .call, .slipway .within { stroke: #8250df; }
        .slipway .within { fill: none; stroke-opacity: 0.5; }
        .slipway .service { stroke: #0969da; stroke-dasharray: 6 3; }
        .slipway .pause { fill: #fff8c5; stroke: #d4a72c; }
        .slipway .start { fill: #ddf4ff; stroke: #54aeff; }
        .slipway .more { fill: none; stroke-dasharray: 3 3; }
        .slipway .wire { fill: none; stroke-width: 1.3; }
        .slipway .order { stroke: #afb8c1; }
        .slipway .data { stroke: #0969da; stroke-opacity: 0.75; }
        .slipway .order-head { fill: #afb8c1; }
        .slipway .data-head { fill: #0969da; }
        .slipway rect.good { stroke: #1a7f37; } .slipway text.good, .slipway .state.good \
        { fill: #1a7f37; }
        .slipway rect.bad { stroke: #cf222e; stroke-width: 2; } .slipway text.bad, \
        .slipway .state.bad { fill: #cf222e; }
        .slipway rect.busy { stroke: #0969da; } .slipway text.busy, .slipway .state.busy \
        { fill: #0969da; }
        .slipway rect.stopped { stroke: #9a6700; } .slipway text.stopped, \
        .slipway .state.stopped { fill: #9a6700; }
        .slipway .state.state { stroke: none; stroke-width: 0; }
        .slipway .state.faint { fill: #afb8c1; }
        """

    private static let dark = """
        .slipway text { fill: #9198a1; }
        .slipway .name, .slipway .stage-name, .slipway .job-name { fill: #f0f6fc; }
        .slipway .label { fill: #79c0ff; stroke: #151b23; }
        .slipway .paper { fill: #0d1117; }
        .slipway .stage { fill: #151b23; stroke: #3d444d; }
        .slipway .box { fill: #212830; stroke: #59636e; }
        .slipway .call, .slipway .within { stroke: #ab7df8; }
        .slipway .within { fill: none; }
        .slipway .service { stroke: #4493f8; }
        .slipway .pause { fill: #2e2a1f; stroke: #9e6a03; }
        .slipway .start { fill: #10233d; stroke: #1f6feb; }
        .slipway .more { fill: none; }
        .slipway .order { stroke: #59636e; }
        .slipway .data { stroke: #4493f8; }
        .slipway .order-head { fill: #59636e; }
        .slipway .data-head { fill: #4493f8; }
        .slipway rect.good { stroke: #3fb950; } .slipway text.good, .slipway .state.good \
        { fill: #3fb950; }
        .slipway rect.bad { stroke: #f85149; } .slipway text.bad, .slipway .state.bad \
        { fill: #f85149; }
        .slipway rect.busy { stroke: #4493f8; } .slipway text.busy, .slipway .state.busy \
        { fill: #4493f8; }
        .slipway rect.stopped { stroke: #d29922; } .slipway text.stopped, \
        .slipway .state.stopped { fill: #d29922; }
        .slipway .state.faint { fill: #59636e; }
        """
}
