"""The report: charts by matplotlib, pages by typst."""
