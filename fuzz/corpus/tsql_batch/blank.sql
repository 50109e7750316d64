
-- nothing here
;;
