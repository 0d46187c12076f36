-- needs: postgres 13
-- asks: which cluster this is, so that no measurement is ever made on the one analysed
select system_identifier::text as system_identifier
from pg_control_system()
