// The methods that most papers of each year use, newest year first.
// param per_year: integer = 5
// param limit: integer = 100
MATCH (p:Paper)
WHERE p.year IS NOT NULL
WITH DISTINCT p.year AS year
CALL (year) {
  MATCH (q:Paper)-[:USES]->(m:Method)
  WHERE q.year = year
  WITH m, count(q) AS papers
  ORDER BY papers DESC, m.id
  LIMIT $per_year
  RETURN m.id AS id, m.name AS method, papers
}
RETURN year, method, papers, id
ORDER BY year DESC, papers DESC, id
LIMIT $limit
