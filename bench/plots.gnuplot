# SPDX-License-Identifier: GPL-2.0-only
# One plot. Variables: plot, data, output, terminal (svg or pngcairo).
set output output
if (terminal eq "svg") { set terminal svg size 900,450 font "sans,13" background "white" } \
else { set terminal pngcairo size 1200,600 font "sans,13" }
set datafile missing "?"
set grid ytics
set key above
set yrange [0:]
set style fill solid 0.8 noborder
set boxwidth 0.27

if (plot eq "paths") {
	set title "Packets per second, 60 bytes, one CPU: times the kernel"
	set ylabel "times the kernel"
	set xtics rotate by -30
	plot 1 with lines lc rgb "gray" title "kernel", \
		data using ($0 - 0.28):2:xtic(1) with boxes lc rgb "#1f77b4" title "nsaccel", \
		data using ($0 - 0.28):2:3:4 with yerrorbars lc rgb "black" pt 0 notitle, \
		data using ($0):5 with boxes lc rgb "#ff7f0e" title "xdp-forward", \
		data using ($0 + 0.28):6 with boxes lc rgb "#bbbbbb" title "a static program (floor)"
}
if (plot eq "tables") {
	set title "NIC to NIC, random destinations, routes as the Internet has them"
	set ylabel "million packets per second"
	set xlabel "routes"
	set logscale x
	plot data using 1:2 with linespoints title "kernel", "" using 1:3 with linespoints title "nsaccel, TC", \
		"" using 1:4 with linespoints title "nsaccel, XDP", "" using 1:5 with linespoints title "xdp-forward"
}
if (plot eq "chains") {
	set title "Through N routing namespaces in a row"
	set ylabel "million packets per second"
	set xlabel "namespaces"
	plot data using 1:2 with linespoints title "kernel", "" using 1:3 with linespoints title "nsaccel", \
		"" using 1:4 with linespoints title "static programs (floor)"
}
if (plot eq "policies") {
	set title "veth to veth with a policy: share of the floor without one"
	set ylabel "of the floor"
	plot data using ($0 - 0.14):2:xtic(1) with boxes title "established flows", \
		data using ($0 + 0.14):3 with boxes title "each packet a new flow"
}
