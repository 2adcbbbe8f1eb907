// Pairs of methods that the same papers use, the most frequent pairs first, each with one such paper.
// param limit: integer = 20
MATCH (p:Paper)-[:USES]->(a:Method)
MATCH (p)-[:USES]->(b:Method)
WHERE a.id < b.id
WITH a, b, count(p) AS papers, min(p.id) AS example
RETURN a.name AS method, b.name AS other, papers, example
ORDER BY papers DESC, a.id, b.id
LIMIT $limit
