"""What is expected of every table, layer by layer: Great Expectations suites, one per table, no Dagster and no data.

``critical`` refuses an export (raw) or stops publication (further layers); ``warning`` shows and stops nothing. Here
stands what the *data* must be; keys and relationships between models are dbt tests, and never the same rule twice.
"""
