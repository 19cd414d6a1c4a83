"""Give every recurring visit of a cycle its day, and every day its tours.

A retailer is owed visits, inspections and deliveries so many times in a 28-day cycle. The calendar turns each frequency
into legal sets of days (`patterns`). `solve` picks one set for each duty and orders the tours of each day, so that
travel is short, a person's days are equally long, a retailer keeps its weekday, and the roles meet at a retailer where
meeting is worth something. Sealed duties take no part in that: their days are drawn at random before (`sealed`).

`problem` states all of it as arrays and checks them once. `solve` is ruin and recreate over the whole cycle at once
(`annealing` drives, `search` and `tours` are compiled, `layout` holds their tables), or OR-Tools alone
(`ortools_engine`). `checks` is the judge: it shares nothing with the search, and every result carries its verdict.
`explain` says of each duty without days why, and what least change would plan it. `metrics` names every number.

What does not fit is part of the answer, never an exception; only arrays that contradict themselves raise.
"""
