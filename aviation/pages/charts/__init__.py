"""Charts as SVG that the server draws: values go in, geometry for a template comes out.

Across, everything is in percent of the plot's width, down in pixels: a chart fills a phone and a
sheet of paper alike, and its letters keep their size. What nobody knows is never drawn as zero.
"""
